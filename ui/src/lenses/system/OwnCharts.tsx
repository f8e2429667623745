/** Intake, memory and disk of the server over the time range, from its own metric points. */
import { SimpleGrid, Skeleton, Title } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { type ReactNode, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, type Schemas } from "@/api/client";
import { EmptyState } from "@/common/EmptyState";
import { QueryBoundary } from "@/common/QueryBoundary";
import { TimeChart } from "@/common/TimeChart";
import { useFormat } from "@/design/use-format";
import { useTimeRange } from "@/shell/use-time-range";
import { ownCharts, ownMetricsSql, readSamples, type Sample } from "./own-metrics";

const CHARTS = 3;
/** A chart with its title, and the card around it. */
const CARD_HEIGHT = 264;
const LIMIT_COLOR = "#8a929b";

function useSamples() {
  const { fromMs, toMs } = useTimeRange();
  return useQuery({
    queryKey: ["own-metrics", fromMs, toMs],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const body = { query: ownMetricsSql(fromMs, toMs), format: "columns" as const };
      const result = await answer(api.POST("/api/v1/sql", { body, signal }));
      return { fromMs, samples: readSamples((result as Schemas["ColumnsAnswer"]).rows) };
    },
  });
}

export function OwnCharts() {
  const { t } = useTranslation("system");
  const query = useSamples();
  return (
    <section>
      <Title order={2} size="h5" mb="xs">
        {t("history.title")}
      </Title>
      <QueryBoundary
        query={query}
        loading={
          <Cards>
            {Array.from({ length: CHARTS }, (_, index) => (
              <Skeleton key={index} height={CARD_HEIGHT} radius="sm" />
            ))}
          </Cards>
        }
        isEmpty={({ fromMs, samples }) => samples.every((it) => it.stepMs < fromMs)}
        empty={<EmptyState title={t("history.empty_title")} text={t("history.empty_text")} />}
      >
        {({ fromMs, samples }) => <Charts fromMs={fromMs} samples={samples} />}
      </QueryBoundary>
    </section>
  );
}

function Cards({ children }: { children: ReactNode }) {
  return <SimpleGrid cols={{ base: 1, md: 2, xl: 3 }}>{children}</SimpleGrid>;
}

function Charts({ fromMs, samples }: { fromMs: number; samples: Sample[] }) {
  const { t } = useTranslation("system");
  const format = useFormat();
  const charts = useMemo(() => {
    const names = {
      resident: t("history.resident"),
      limit: t("memory.limit"),
      used: t("history.used"),
    };
    const { accepted, memory, disk } = ownCharts(samples, fromMs, names);
    const series = memory.series.map((it) =>
      it.name === names.limit ? { ...it, color: LIMIT_COLOR } : it,
    );
    return { accepted, memory: { ...memory, series }, disk };
  }, [samples, fromMs, t]);
  return (
    <Cards>
      <div className="card">
        <TimeChart title={t("history.accepted")} {...charts.accepted} format={format.rate} />
      </div>
      <div className="card">
        <TimeChart
          title={t("history.memory")}
          {...charts.memory}
          format={format.bytes}
          unit="bytes"
        />
      </div>
      <div className="card">
        <TimeChart title={t("history.disk")} {...charts.disk} format={format.bytes} unit="bytes" />
      </div>
    </Cards>
  );
}
