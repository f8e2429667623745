/** All records of the trace, of every service that took part. */
import { Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { QueryBoundary } from "@/common/QueryBoundary";
import { useFormat } from "@/design/use-format";
import { type LogRecord, pageQuery } from "../logs-api";
import { SmallLogList } from "./SmallLogList";

/** A trace that lasts longer is looked at in the traces lens. */
const AROUND_MS = 60 * 60_000;
const ROWS_MAX = 500;

export function TraceTab({ record, traceId }: { record: LogRecord; traceId: string }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const query = useQuery(
    pageQuery({
      query: `trace_id:${traceId}`,
      fromMs: record.time_ms - AROUND_MS,
      toMs: record.time_ms + AROUND_MS,
      environment: undefined,
      order: "asc",
      columns: [],
      limit: ROWS_MAX,
      cursor: null,
    }),
  );
  return (
    <QueryBoundary query={query}>
      {({ rows, next_cursor }) => (
        <Stack gap="xs">
          <Text size="sm" c="dimmed">
            {t(next_cursor === null ? "record.trace_text" : "record.trace_text_cut", {
              number: format.count(rows.length),
            })}
          </Text>
          <SmallLogList
            label={t("record.tab.trace")}
            rows={rows}
            markedId={record.id}
            withService
          />
        </Stack>
      )}
    </QueryBoundary>
  );
}
