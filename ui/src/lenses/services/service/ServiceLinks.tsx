/** From a service to everything else that is known of it. */
import { Button } from "@mantine/core";
import {
  IconBook2,
  IconBug,
  IconListTree,
  IconLogs,
  IconTerminal2,
  IconTopologyStar3,
} from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { fieldTerm } from "@/common/search-bar/query-edits";
import { spansQuery } from "../service-links";
import { sqlOfService } from "../sql";

export function ServiceLinks({ service }: { service: string }) {
  const { t } = useTranslation("services");
  const links = [
    { key: "map", to: "/map", search: { service }, icon: IconTopologyStar3 },
    { key: "traces", to: "/traces", search: { q: spansQuery(service) }, icon: IconListTree },
    { key: "logs", to: "/logs", search: { q: fieldTerm("service", [service]) }, icon: IconLogs },
    { key: "errors", to: "/errors", search: { service }, icon: IconBug },
    { key: "query", to: "/query", search: { q: sqlOfService(service) }, icon: IconTerminal2 },
  ] as const;
  return (
    <>
      {links.map(({ key, to, search, icon: Icon }) => (
        <Button
          key={key}
          component={Link}
          to={to}
          search={search as never}
          variant="default"
          leftSection={<Icon size={16} aria-hidden />}
        >
          {t(`link.${key}`)}
        </Button>
      ))}
      <Button
        component={Link}
        to="/catalog/$service"
        params={{ service } as never}
        variant="default"
        leftSection={<IconBook2 size={16} aria-hidden />}
      >
        {t("link.catalog")}
      </Button>
    </>
  );
}
