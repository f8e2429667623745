/** From the catalog to what the service sends. */
import { Button } from "@mantine/core";
import { IconListTree, IconLogs, IconServer2, IconTopologyStar3 } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { fieldTerm } from "@/common/search-bar/query-edits";
import type { CatalogEntry } from "../catalog-api";

export function EntryLinks({ entry }: { entry: CatalogEntry | undefined }) {
  const { t } = useTranslation("catalog");
  if (entry === undefined || !entry.service.seen) {
    return null;
  }
  const { name: service, signals } = entry.service;
  const q = fieldTerm("service", [service]);
  const hasSpans = signals.includes("spans");
  const links = [
    { key: "service", to: "/services/$service", search: {}, icon: IconServer2, isThere: hasSpans },
    { key: "map", to: "/map", search: { service }, icon: IconTopologyStar3, isThere: hasSpans },
    { key: "traces", to: "/traces", search: { q }, icon: IconListTree, isThere: hasSpans },
    { key: "logs", to: "/logs", search: { q }, icon: IconLogs, isThere: signals.includes("logs") },
  ] as const;
  return links
    .filter((it) => it.isThere)
    .map(({ key, to, search, icon: Icon }) => (
      <Button
        key={key}
        component={Link}
        to={to}
        params={{ service } as never}
        search={search as never}
        variant="default"
        leftSection={<Icon size={16} aria-hidden />}
      >
        {t(`link.${key}`)}
      </Button>
    ));
}
