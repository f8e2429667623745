/** The pages of the errors lens. */
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

const PAGES = [
  { name: "issues", to: "/errors" },
  { name: "report", to: "/errors/report" },
] as const;

export function ErrorsNav() {
  const { t } = useTranslation("errors");
  return (
    <nav className="errors-nav screen-only" aria-label={t("nav.label")}>
      {PAGES.map(({ name, to }) => (
        <Link
          key={name}
          to={to}
          activeOptions={{ exact: true, includeSearch: false }}
          activeProps={{ "aria-current": "page" }}
        >
          {t(`nav.${name}`)}
        </Link>
      ))}
    </nav>
  );
}
