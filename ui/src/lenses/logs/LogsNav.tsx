/** The pages of the logs lens; the search goes along. */
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";

const PAGES = [
  { name: "explorer", to: "/logs" },
  { name: "patterns", to: "/logs/patterns" },
  { name: "volume", to: "/logs/volume" },
  { name: "pipelines", to: "/logs/pipelines" },
] as const;

export function LogsNav({ query }: { query: string | undefined }) {
  const { t } = useTranslation("logs");
  return (
    <nav className="logs-nav" aria-label={t("nav.label")}>
      {PAGES.map(({ name, to }) => (
        <Link
          key={to}
          to={to}
          search={{ q: query } as never}
          activeOptions={{ exact: true, includeSearch: false }}
          activeProps={{ "aria-current": "page" }}
        >
          {t(`nav.${name}`)}
        </Link>
      ))}
    </nav>
  );
}
