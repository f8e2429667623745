/** Deploys as rows, each with what changed against the version before and a way to compare. */
import { Button } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Column, DataTable } from "@/common/DataTable";
import { type Formats, useFormat } from "@/design/use-format";
import { Change } from "../services/Change";
import { changePercent, changePoints } from "../services/change";
import type { Texts } from "../services/figure-columns";
import { errorClass, errorPercent } from "../services/figure-texts";
import { ServiceLink } from "../services/ServiceLink";
import { type Asked, type Deploy, useAsked } from "../services/services-api";
import { compareDeploy } from "./compare-search";

interface DeployTableProps {
  deploys: readonly Deploy[];
  csvName: string;
  /** The deploys are of several services. */
  isOfAll?: boolean;
}

/** For pages that have the texts of the services lens. */
export function DeployTable({ deploys, csvName, isOfAll = false }: DeployTableProps) {
  const { t } = useTranslation("services");
  const format = useFormat();
  const asked = useAsked();
  const navigate = useNavigate();
  const columns = useMemo(() => {
    const all = deployColumns(t as Texts, format, asked);
    return isOfAll ? all : all.filter(({ key }) => key !== "service");
  }, [t, format, asked, isOfAll]);
  return (
    <DataTable
      label={t("tab.deploys")}
      rows={deploys}
      columns={columns}
      rowKey={(row) => `${row.service} ${row.version} ${row.at_ms}`}
      onOpen={(row) =>
        void navigate({ to: "/deploys/compare", search: compareDeploy(row, asked) as never })
      }
      initialSort={{ key: "at_ms", descending: true }}
      csvName={csvName}
      height="fill"
    />
  );
}

function deployColumns(t: Texts, format: Formats, asked: Asked): Column<Deploy>[] {
  return [
    {
      key: "at_ms",
      header: t("deploy.time"),
      value: (row) => row.at_ms,
      cell: (row) => format.time(row.at_ms, "minute"),
      width: 150,
    },
    {
      key: "service",
      header: t("column.service"),
      value: (row) => row.service,
      cell: (row) => <ServiceLink service={row.service} isInRow />,
      width: 148,
      grow: 1,
    },
    {
      key: "version",
      header: t("deploy.version"),
      value: (row) => row.version,
      cell: (row) => <span title={row.version}>{row.version}</span>,
      width: 100,
      grow: 1,
    },
    {
      key: "previous_version",
      header: t("deploy.before"),
      value: (row) => row.previous_version,
      width: 100,
      grow: 1,
    },
    {
      key: "requests",
      header: t("column.requests"),
      value: (row) => row.requests,
      cell: (row) => format.count(row.requests),
      align: "right",
      width: 96,
    },
    ...figureColumns(t, format),
    compareColumn(t, asked),
  ];
}

function figureColumns(t: Texts, format: Formats): Column<Deploy>[] {
  return [
    {
      key: "error_percent",
      header: t("deploy.errors_before_after"),
      value: (row) => row.error_percent,
      cell: (row) => (
        <span>
          {`${errorPercent(row.previous_error_percent, format)} → `}
          <span className={errorClass(row.error_percent)}>
            {errorPercent(row.error_percent, format)}
          </span>
        </span>
      ),
      align: "right",
      width: 160,
    },
    {
      key: "errors_change",
      header: t("column.errors_change"),
      value: (row) => changePoints(row.error_percent, row.previous_error_percent),
      cell: (row) => (
        <Change
          now={row.error_percent}
          before={row.previous_error_percent}
          kind="points"
          isMoreWorse
        />
      ),
      align: "right",
      width: 110,
    },
    {
      key: "p95_ms",
      header: t("deploy.p95_before_after"),
      value: (row) => row.p95_ms,
      cell: (row) => `${format.durationMs(row.previous_p95_ms)} → ${format.durationMs(row.p95_ms)}`,
      align: "right",
      width: 160,
    },
    {
      key: "p95_change",
      header: t("column.p95_change"),
      value: (row) => changePercent(row.p95_ms, row.previous_p95_ms),
      cell: (row) => <Change now={row.p95_ms} before={row.previous_p95_ms} isMoreWorse />,
      align: "right",
      width: 104,
    },
  ];
}

function compareColumn(t: Texts, asked: Asked): Column<Deploy> {
  return {
    key: "compare",
    header: t("deploy.compare"),
    value: () => null,
    cell: (row) => (
      <Button
        component={Link}
        to="/deploys/compare"
        search={compareDeploy(row, asked) as never}
        variant="subtle"
        size="compact-xs"
        tabIndex={-1}
        onClick={(event) => event.stopPropagation()}
      >
        {t("deploy.what_changed")}
      </Button>
    ),
    width: 112,
    sortable: false,
  };
}
