/** The pages of the catalog; the team goes along. */
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

const PAGES = [
  { name: "services", to: "/catalog" },
  { name: "hygiene", to: "/catalog/hygiene" },
] as const;

export function CatalogNav({ team }: { team?: string | undefined }) {
  const { t } = useTranslation("catalog");
  return (
    <nav className="catalog-nav screen-only" aria-label={t("nav.label")}>
      {PAGES.map(({ name, to }) => (
        <Link
          key={name}
          to={to}
          search={{ team } as never}
          activeOptions={{ exact: true, includeSearch: false }}
          activeProps={{ "aria-current": "page" }}
        >
          {t(`nav.${name}`)}
        </Link>
      ))}
    </nav>
  );
}
