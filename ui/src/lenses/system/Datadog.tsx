/** What Datadog's agents and SDKs sent: what of it is not kept, and how DogStatsD does. */
import { Alert, Code, SimpleGrid, Stack, Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { type Column, DataTable } from "@/common/DataTable";
import { type Fact, FactList } from "@/common/FactList";
import { useFormat } from "@/design/use-format";
import { reasonKey, sumCounts } from "./datadog-texts";

type DatadogStatus = Schemas["DatadogStatus"];
type DogStatsDStatus = Schemas["DogStatsDStatus"];
type CountOfReason = Schemas["CountOfReason"];
type NotKept = Schemas["NotKeptPayloads"];

const HEIGHT = 320;

/** Nothing at all while no sender of Datadog has been here. */
export function Datadog({ datadog }: { datadog: DatadogStatus }) {
  const { t } = useTranslation("system");
  const { not_kept: notKept, dogstatsd } = datadog;
  if (notKept.length === 0 && dogstatsd.packets === 0) {
    return null;
  }
  return (
    <Stack component="section" gap="xs" aria-label={t("datadog.title")}>
      <Title order={2} size="h5">
        {t("datadog.title")}
      </Title>
      {dogstatsd.packets === 0 ? null : <DogStatsD status={dogstatsd} />}
      <NotKeptTable rows={notKept} />
    </Stack>
  );
}

function DogStatsD({ status }: { status: DogStatsDStatus }) {
  const { t } = useTranslation("system");
  const format = useFormat();
  const came: Fact[] = [
    [t("dogstatsd.packets"), `${format.count(status.packets)} · ${format.bytes(status.bytes)}`],
    [t("dogstatsd.metrics"), format.count(status.metrics)],
    [t("dogstatsd.values"), format.count(status.values)],
    [t("dogstatsd.events"), format.count(status.events)],
    [t("dogstatsd.service_checks"), format.count(status.service_checks)],
    [t("dogstatsd.contexts"), format.count(status.contexts)],
    [t("dogstatsd.rows"), format.count(status.rows)],
  ];
  return (
    <SimpleGrid cols={{ base: 1, md: 2 }}>
      <div className="card">
        <Title order={3} size="h6" mb="xs">
          {t("dogstatsd.title")}
        </Title>
        <FactList facts={came} />
      </div>
      <div className="card">
        <Title order={3} size="h6" mb="xs">
          {t("dogstatsd.not_taken")}
        </Title>
        <Reasons
          title={t("dogstatsd.malformed")}
          counts={status.malformed}
          name={(reason) => t(`malformed.${reason}`, { defaultValue: reason })}
        />
        <Reasons
          title={t("dogstatsd.dropped")}
          counts={status.dropped}
          name={(reason) => t(`dropped.${reason}`, { defaultValue: reason })}
        />
        <LastLine last={status.malformed_last} />
      </div>
    </SimpleGrid>
  );
}

interface ReasonsProps {
  title: string;
  counts: CountOfReason[];
  name: (reason: string) => string;
}

function Reasons({ title, counts, name }: ReasonsProps) {
  const format = useFormat();
  const facts = counts.map(({ reason, count }): Fact => [name(reason), format.count(count)]);
  return <FactList facts={[[title, format.count(sumCounts(counts))], ...facts]} />;
}

/** So that whoever sends it can find it. */
function LastLine({ last }: { last: DogStatsDStatus["malformed_last"] }) {
  const { t } = useTranslation("system");
  const format = useFormat();
  if (last === null) {
    return null;
  }
  return (
    <Alert
      mt="xs"
      p="xs"
      color="yellow"
      variant="light"
      title={t("dogstatsd.last_line", { ago: format.ago(last.time_ms) })}
    >
      <Code block className="wrap-anywhere">
        {last.line}
      </Code>
    </Alert>
  );
}

function NotKeptTable({ rows }: { rows: NotKept[] }) {
  const { t } = useTranslation("system");
  const columns = useColumns();
  if (rows.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("datadog.all_kept")}
      </Text>
    );
  }
  return (
    <div>
      <DataTable
        label={t("datadog.not_kept")}
        rows={rows}
        columns={columns}
        rowKey={({ endpoint, reason }) => `${endpoint} ${reason}`}
        csvName="datadog-not-kept"
        height={HEIGHT}
        toolbar={
          <Title order={3} size="h6">
            {t("datadog.not_kept")}
          </Title>
        }
      />
      <Text size="sm" c="dimmed" mt={4}>
        {t("datadog.not_kept_text")}
      </Text>
    </div>
  );
}

function useColumns(): Column<NotKept>[] {
  const { t } = useTranslation("system");
  const format = useFormat();
  const reasonOf = ({ endpoint, reason }: NotKept) => {
    const key = reasonKey(endpoint);
    return key === undefined ? reason : t(`datadog.reason.${key}`, { defaultValue: reason });
  };
  const number = { align: "right", width: 100 } as const;
  return [
    {
      key: "endpoint",
      header: t("datadog.endpoint"),
      value: (row) => row.endpoint,
      cell: (row) => <code title={row.endpoint}>{row.endpoint}</code>,
      width: 200,
      grow: 1,
    },
    {
      key: "reason",
      header: t("datadog.why"),
      value: reasonOf,
      cell: (row) => <span title={reasonOf(row)}>{reasonOf(row)}</span>,
      width: 280,
      grow: 3,
    },
    {
      key: "payloads",
      header: t("datadog.payloads"),
      ...number,
      value: (row) => row.payloads,
      cell: (row) => format.count(row.payloads),
    },
    {
      key: "bytes",
      header: t("datadog.bytes"),
      ...number,
      value: (row) => row.bytes,
      cell: (row) => format.bytes(row.bytes),
    },
    {
      key: "last",
      header: t("datadog.last"),
      width: 140,
      value: (row) => row.last_ms,
      cell: (row) => <span title={format.time(row.last_ms)}>{format.ago(row.last_ms)}</span>,
    },
  ];
}
