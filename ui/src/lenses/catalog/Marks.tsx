/** Small marks that the pages of the catalog share. */
import { Badge } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { CatalogService, Finding } from "./catalog-api";

export type ServiceState = "declared" | "undeclared" | "unseen";

export function stateOf({ declared, seen }: Pick<CatalogService, "declared" | "seen">) {
  return !declared ? ("undeclared" as const) : seen ? ("declared" as const) : ("unseen" as const);
}

const STATE_COLORS = { declared: "green", undeclared: "orange", unseen: "gray" };

export function StateBadge({ service }: { service: Pick<CatalogService, "declared" | "seen"> }) {
  const { t } = useTranslation("catalog");
  const state = stateOf(service);
  return (
    <Badge variant="light" size="sm" color={STATE_COLORS[state]} title={t(`state_hint.${state}`)}>
      {t(`state.${state}`)}
    </Badge>
  );
}

export function LevelBadge({ level }: Pick<Finding, "level">) {
  const { t } = useTranslation("catalog");
  return (
    <Badge variant="light" size="sm" color={level === "must" ? "red" : "yellow"}>
      {t(`level.${level}`)}
    </Badge>
  );
}

/** The name of a service, leading to its page in the catalog. */
export function EntryLink({ name, isInRow = false }: { name: string; isInRow?: boolean }) {
  return (
    <Link
      to="/catalog/$service"
      params={{ service: name }}
      className="catalog-link"
      title={name}
      tabIndex={isInRow ? -1 : undefined}
      onClick={(event) => event.stopPropagation()}
    >
      {name}
    </Link>
  );
}
