/** Everything in a log comes from anybody who can send one; all of it must stay text. */
import { cleanup } from "@testing-library/react";
import { afterEach, beforeAll, it } from "vitest";
import { queryClient } from "@/api/queries";
import { loadTexts, startI18n } from "@/i18n";
import { expectText, HOSTILE } from "@/test-support/hostile-text";
import { LogTable } from "./explorer/LogTable";
import { contextQuery, type LogRecord, type LogRow, type TryAnswer } from "./logs-api";
import { PatternText } from "./patterns/PatternText";
import { TryResult } from "./pipelines/TryResult";
import { ContextTab } from "./record/ContextTab";
import { RecordValues } from "./record/RecordValues";

beforeAll(async () => {
  await startI18n("ko");
  await loadTexts("logs");
});
afterEach(cleanup);

function hostileRow(text: string): LogRow {
  return {
    id: text,
    time_ns: "0",
    time_ms: 0,
    status: text,
    severity_text: text,
    service: text,
    host: text,
    environment: text,
    message: text,
    message_cut: false,
    trace_id: text,
    span_id: text,
    pattern_id: text,
    columns: { "@a": text },
  };
}

it.each(HOSTILE)("the list shows %j as text", async (text) => {
  const row = hostileRow(text);
  await expectText(
    <LogTable
      label="logs"
      count={1}
      rowAt={() => row}
      columns={["service", "host", "env", "trace_id", "@a", "message"]}
      openedId={undefined}
      onOpen={() => {}}
    />,
    text,
  );
});

it.each(HOSTILE)("a record and what is around it show %j as text", async (text) => {
  const record = {
    ...hostileRow(text),
    attributes: { [text]: text, list: [text], deep: { [text]: { [text]: text } } },
    resource: { [text]: text },
    scope_name: text,
    event_name: text,
    pattern: text,
  } as unknown as LogRecord;
  queryClient.setQueryData(contextQuery("r", 20).queryKey, {
    before: [hostileRow(text)],
    record: { ...hostileRow(text), id: "r" },
    after: [],
  });
  const actions = { query: text, columns: [text], onQuery: () => {}, onColumns: () => {} };
  await expectText(
    <>
      <RecordValues {...actions} record={record} />
      <ContextTab id="r" />
      <PatternText pattern={`${text} <num>`} />
    </>,
    text,
  );
});

it.each(HOSTILE)("the result of a try shows %j as text", async (text) => {
  const rule = {
    pipeline: text,
    rule: text,
    matched: 1,
    dropped: 1,
    dropped_bytes: 1,
    changed: 1,
    failed: 1,
  };
  const result = {
    records: 1,
    bytes: 1,
    read_records: null,
    kept_records: 0,
    kept_bytes: 0,
    dropped_records: 1,
    dropped_bytes: 1,
    dropped_errors: 1,
    redactions: 1,
    failed: 1,
    metrics: [{ name: text, points: 1 }],
    rules: [{ ...rule, redactions: 1, nanoseconds_per_record: 1 }],
    examples: [{ before: { message: text, attributes: { [text]: 1 } }, after: null }],
  } as unknown as TryAnswer;
  await expectText(<TryResult result={result} />, text);
});
