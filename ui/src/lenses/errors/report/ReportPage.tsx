/** The weekly error report: two weeks ago against last week, to be read, printed or taken as a file. */
import { ActionIcon, Button, Group, Select, Stack, Text } from "@mantine/core";
import { IconChevronLeft, IconChevronRight, IconDownload, IconPrinter } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/common/EmptyState";
import { Page } from "@/common/Page";
import { QueryBoundary } from "@/common/QueryBoundary";
import { readSort, sortText, useSearchChange } from "@/common/use-search-change";
import { useFormat } from "@/design/use-format";
import { isTimeZone } from "@/shell/display-settings-values";
import { useEnvironment, useTimeRange } from "@/shell/use-time-range";
import { zoneOffsetText } from "@/shell/wall-time";
import { ErrorsNav } from "../ErrorsNav";
import type { ErrorReport } from "../errors-api";
import { reportCsvAddress, reportQuery } from "../errors-api";
import { Incomplete } from "./Incomplete";
import { ReportTable } from "./ReportTable";
import { FIRST_SORT } from "./report-model";
import { lastWholeWeek, momentAfter, mondayText, shiftWeeks, sundayOf, weekChoices } from "./weeks";
import "@/common/paper/paper.css";
import "../errors.css";

const route = getRouteApi("/shell/errors/report");
const WEEKS_OFFERED = 13;

export default function ReportPage() {
  const { t } = useTranslation("errors");
  const search = route.useSearch();
  const change = useSearchChange();
  const environment = useEnvironment();
  const { refreshedAtMs } = useTimeRange();
  const own = useFormat().settings.timeZone;
  const timeZone = search.tz !== undefined && isTimeZone(search.tz) ? search.tz : own;
  const latest = lastWholeWeek(refreshedAtMs, timeZone);
  const chosen = mondayText(search.week);
  const week = chosen === undefined || chosen > latest ? latest : chosen;
  const asked = {
    weekOfMs: momentAfter(week, timeZone),
    timeZone,
    service: search.service,
    environment,
  };
  const query = useQuery(reportQuery(asked));
  const csv = reportCsvAddress(asked);
  return (
    <Page
      title={t("report.title")}
      header={<ErrorsNav />}
      actions={<ReportActions csv={csv} fileName={`errors-${week}.csv`} />}
    >
      <Group gap="sm" align="flex-end" className="screen-only">
        <WeekPicker week={week} latest={latest} onChange={(next) => change({ week: next })} />
        {search.service === undefined ? null : (
          <Button variant="default" onClick={() => change({ service: undefined })}>
            {t("report.all_services", { service: search.service })}
          </Button>
        )}
      </Group>
      <Context week={week} timeZone={timeZone} service={search.service} environment={environment} />
      {query.data === undefined ? null : <Incomplete report={query.data} timeZone={timeZone} />}
      <QueryBoundary
        query={query}
        isEmpty={(data) => data.rows.length === 0}
        empty={<NoErrors report={query.data} />}
      >
        {(report: ErrorReport) => (
          <ReportTable
            report={report}
            sort={readSort(search.sort) ?? FIRST_SORT}
            onSort={(sort) => change({ sort: sortText(sort) }, true)}
          />
        )}
      </QueryBoundary>
    </Page>
  );
}

/** No errors are only said to be none of what was stored. */
function NoErrors({ report }: { report: ErrorReport | undefined }) {
  const { t } = useTranslation("errors");
  const isStored = report === undefined || report.incomplete_before_ms === null;
  return (
    <EmptyState
      title={t(isStored ? "report.empty" : "report.empty_stored")}
      text={t("report.empty_text")}
    />
  );
}

function ReportActions({ csv, fileName }: { csv: string; fileName: string }) {
  const { t } = useTranslation("errors");
  return (
    <Group gap="xs" className="screen-only">
      <Button
        component="a"
        href={csv}
        download={fileName}
        variant="default"
        leftSection={<IconDownload size={16} aria-hidden />}
      >
        {t("report.csv")}
      </Button>
      <Button leftSection={<IconPrinter size={16} aria-hidden />} onClick={() => window.print()}>
        {t("report.print")}
      </Button>
    </Group>
  );
}

interface WeekPickerProps {
  week: string;
  latest: string;
  onChange: (week: string | undefined) => void;
}

function WeekPicker({ week, latest, onChange }: WeekPickerProps) {
  const { t } = useTranslation("errors");
  const offered = weekChoices(latest, WEEKS_OFFERED);
  const weeks = offered.includes(week) ? offered : [...offered, week];
  const choose = (next: string) => onChange(next === latest ? undefined : next);
  const later = shiftWeeks(week, 1);
  return (
    <Group gap={4} align="flex-end" wrap="nowrap">
      <ActionIcon
        variant="default"
        size={36}
        aria-label={t("report.earlier")}
        onClick={() => choose(shiftWeeks(week, -1))}
      >
        <IconChevronLeft size={16} />
      </ActionIcon>
      <Select
        w={220}
        label={t("report.week")}
        data={weeks.map((value) => ({ value, label: `${value} – ${sundayOf(value)}` }))}
        value={week}
        onChange={(next) => next !== null && choose(next)}
      />
      <ActionIcon
        variant="default"
        size={36}
        aria-label={t("report.later")}
        disabled={later > latest}
        onClick={() => choose(later)}
      >
        <IconChevronRight size={16} />
      </ActionIcon>
    </Group>
  );
}

interface ContextProps {
  week: string;
  timeZone: string;
  service: string | undefined;
  environment: string | undefined;
}

/** Which weeks, in whose days, of what: on paper nothing else tells. */
function Context({ week, timeZone, service, environment }: ContextProps) {
  const { t } = useTranslation("errors");
  const before = shiftWeeks(week, -1);
  const offset = zoneOffsetText(momentAfter(week, timeZone), timeZone);
  return (
    <Stack gap={2}>
      <Text size="sm" className="num">
        {t("report.weeks", {
          before: `${before} – ${sundayOf(before)}`,
          last: `${week} – ${sundayOf(week)}`,
        })}
      </Text>
      <Text size="sm" c="dimmed">
        {t("report.context", {
          zone: timeZone,
          offset,
          service: service ?? t("report.every_service"),
          environment: environment ?? t("report.every_environment"),
        })}
      </Text>
    </Stack>
  );
}
