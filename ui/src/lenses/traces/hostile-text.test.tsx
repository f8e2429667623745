/** Names and values come from anybody who can send telemetry; all of them must stay text. */
import { cleanup } from "@testing-library/react";
import { afterEach, beforeAll, it } from "vitest";
import { bindFormats } from "@/design/use-format";
import { loadTexts, startI18n } from "@/i18n";
import { expectText, HOSTILE } from "@/test-support/hostile-text";
import { showCell } from "../query/cells";
import { RecordView } from "../query/RecordView";
import { ResultChart } from "../query/ResultChart";
import { CellView } from "../query/ResultTable";
import { Sparkline } from "../services/Sparkline";
import { AttributeDifferences } from "./compare/AttributeDifferences";
import { TimeBars } from "./time/TimeBars";
import { byOperation } from "./time/time-rows";
import { AttributeList } from "./trace/AttributeList";
import { FlameTip } from "./trace/FlameTip";
import { loadedTrace } from "./trace/load-trace";
import { OperationsTable } from "./trace/OperationsTable";
import { SpanEvents } from "./trace/SpanEvents";
import { TraceHeader } from "./trace/TraceHeader";
import { fixtureTrace } from "./trace/trace-fixture";
import { WaterfallRow } from "./trace/WaterfallRow";

const format = bindFormats({ language: "ko", timeZone: "Asia/Seoul", currency: "KRW" });

beforeAll(async () => {
  await startI18n("ko");
  await loadTexts("traces");
});
afterEach(cleanup);

function hostileTrace(text: string) {
  const event = {
    ...{ offset_ns: 5, name: text },
    attributes: { "exception.stacktrace": text, [text]: text },
  };
  const detail = {
    ...{ status_message: text, scope: text, attributes: { [text]: text }, events: [event] },
    links: [{ trace_id: text, span_id: text }],
  };
  const span = { ...{ id: text, start: 0, duration: 10, service: text, name: text }, detail };
  const loaded = loadedTrace(fixtureTrace([{ ...span, isError: true }]));
  return { ...loaded, facts: { ...loaded.facts, trace_id: text }, event, detail };
}

it.each(HOSTILE)("a row of the waterfall shows %j as text", async (text) => {
  const props = { id: "r", index: 0, position: 1, top: 0, color: "#123456", format };
  await expectText(
    <WaterfallRow
      {...props}
      tree={hostileTrace(text).tree}
      shown={{ fromNs: 0, toNs: 10 }}
      isCursor={false}
      isOpened={false}
      isCollapsed={false}
      isFound={true}
      showsCritical={true}
      t={(key) => key}
      onToggle={() => {}}
      onOpen={() => {}}
    />,
    text,
  );
});

it.each(HOSTILE)("the header and the details of a span show %j as text", async (text) => {
  const { facts, shares, event, detail, tree } = hostileTrace(text);
  await expectText(
    <>
      <TraceHeader facts={facts} shares={shares} colors={new Map()} />
      <SpanEvents events={[event]} />
      <AttributeList attributes={detail.attributes} column="attributes" />
      <FlameTip tree={tree} row={0} x={1} y={1} width={500} height={200} />
      <Sparkline requests={[1]} errors={[1]} label={text} />
    </>,
    text,
  );
});

it.each(HOSTILE)("figures of operations and attributes show %j as text", async (text) => {
  const compared = {
    ...{
      key: text,
      field: text,
      service: text,
      value: text,
      slow_count: 9,
      slow_percent: 90,
      fast_count: 1,
    },
    ...{ fast_percent: 10, lift: 9, p_value: 0.01, adjusted_p_value: 0.01, significant: true },
  };
  const time = {
    ...{ service: text, operation: text, kind: "server", peer: text, spans: 1, errors: 0 },
    ...{ self_ms: 1, self_percent: 100, critical_ms: 1, critical_percent: 100 },
  };
  await expectText(
    <>
      <OperationsTable loaded={hostileTrace(text)} sort={undefined} onOpen={() => {}} />
      <AttributeDifferences rows={[compared]} query="" onQuery={() => {}} />
      <TimeBars rows={byOperation([time])} />
    </>,
    text,
  );
});

it.each(HOSTILE)("a result shows %j as text", async (text) => {
  const column = (name: string, type: "text" | "json" | "int64" | "timestamp") => ({ name, type });
  const columns = [column(text, "text"), column("trace_id", "text"), column("n", "int64")];
  const cells = [text, text, 1];
  const result = { columns, rows: [cells, cells], truncated: false, elapsed_ms: 1 };
  await expectText(
    <>
      <RecordView columns={[...columns, column("j", "json")]} cells={[...cells, text]} />
      <CellView cell={showCell(text, column("t", "timestamp"), format)} />
      <CellView cell={showCell({ a: text }, column("j", "json"), format)} />
      <ResultChart result={result} setting={{ kind: "bar", x: text, y: ["n"] }} />
    </>,
    text,
  );
});
