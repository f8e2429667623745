/** The errors that the service meets most, and the way to all of them. */
import { Badge, Button } from "@mantine/core";
import { IconBug } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/common/DataTable";
import { EmptyState } from "@/common/EmptyState";
import { QueryBoundary } from "@/common/QueryBoundary";
import { type Formats, useFormat } from "@/design/use-format";
import { Change } from "../Change";
import { changePercent } from "../change";
import type { Texts } from "../figure-columns";
import { type ErrorIssue, issuesQuery, useAsked } from "../services-api";

export function ErrorsTab({ service }: { service: string }) {
  const { t } = useTranslation("services");
  const format = useFormat();
  const navigate = useNavigate();
  const query = useQuery(issuesQuery(useAsked(), service));
  const columns = useMemo(() => issueColumns(t as Texts, format), [t, format]);
  return (
    <QueryBoundary
      query={query}
      isEmpty={({ issues }) => issues.length === 0}
      empty={<EmptyState title={t("error.empty")} />}
    >
      {({ issues }) => (
        <DataTable
          label={t("tab.errors")}
          rows={issues}
          columns={columns}
          rowKey={(row) => row.fingerprint}
          onOpen={({ fingerprint }) =>
            void navigate({
              to: "/errors",
              search: { service, issue: fingerprint, issue_service: service } as never,
            })
          }
          initialSort={{ key: "count", descending: true }}
          csvName={`${service}-errors`}
          height="fill"
          toolbar={
            <Button
              component={Link}
              to="/errors"
              search={{ service } as never}
              variant="default"
              leftSection={<IconBug size={16} aria-hidden />}
            >
              {t("error.all")}
            </Button>
          }
        />
      )}
    </QueryBoundary>
  );
}

function issueColumns(t: Texts, format: Formats): Column<ErrorIssue>[] {
  return [
    {
      key: "error_type",
      header: t("error.type"),
      value: (row) => row.error_type,
      cell: (row) => <span title={row.error_type}>{row.error_type || "–"}</span>,
      width: 180,
      grow: 1,
    },
    {
      key: "message",
      header: t("error.message"),
      value: (row) => row.message,
      cell: (row) => <span title={row.message}>{row.message || "–"}</span>,
      width: 260,
      grow: 3,
    },
    {
      key: "state",
      header: t("error.state"),
      value: (row) => t(`error.states.${row.state}`),
      cell: (row) => (
        <Badge variant="default" className="service-badge">
          {t(`error.states.${row.state}`)}
        </Badge>
      ),
      width: 110,
    },
    {
      key: "count",
      header: t("error.count"),
      value: (row) => row.count,
      cell: (row) => format.count(row.count),
      align: "right",
      width: 90,
    },
    {
      key: "change",
      header: t("error.change"),
      value: (row) => changePercent(row.count, row.previous_count),
      cell: (row) => <Change now={row.count} before={row.previous_count} isMoreWorse />,
      align: "right",
      width: 100,
    },
    {
      key: "last_seen_ms",
      header: t("error.last_seen"),
      value: (row) => row.last_seen_ms,
      cell: (row) => (
        <span title={format.time(row.last_seen_ms)}>{format.ago(row.last_seen_ms)}</span>
      ),
      width: 120,
    },
  ];
}
