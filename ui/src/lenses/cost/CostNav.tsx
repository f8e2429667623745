/** The pages of the lens; period, view and currency go along. */
import { Link, useSearch } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { type CostSearch, shared } from "./cost-search";

const PAGES = [
  { name: "overview", to: "/cost", exact: true },
  { name: "explore", to: "/cost/explore", exact: false },
  { name: "allocation", to: "/cost/allocation", exact: false },
  { name: "units", to: "/cost/units", exact: false },
  { name: "containers", to: "/cost/containers", exact: false },
  { name: "imports", to: "/cost/imports", exact: false },
] as const;

export function CostNav() {
  const { t } = useTranslation("cost");
  const search = useSearch({ strict: false }) as CostSearch;
  return (
    <nav className="cost-nav screen-only" aria-label={t("nav.label")}>
      {PAGES.map(({ name, to, exact }) => (
        <Link
          key={name}
          to={to}
          search={shared(search) as never}
          activeOptions={{ exact, includeSearch: false }}
          activeProps={{ "aria-current": "page" }}
        >
          {t(`nav.${name}`)}
        </Link>
      ))}
    </nav>
  );
}
