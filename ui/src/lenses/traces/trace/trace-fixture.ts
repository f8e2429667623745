/** Traces for tests, in the shape in which the API answers them. */
import type { SpanDetail, Trace } from "../traces-api";
import type { SpanProblem } from "./tree";

export interface FixtureSpan {
  id: string;
  /** Row of the parent; spans are written in the order in which they are shown. */
  parent?: number;
  start: number;
  duration: number;
  service?: string;
  name?: string;
  kind?: number;
  isError?: boolean;
  self?: number;
  skew?: number;
  problem?: SpanProblem;
  detail?: Partial<SpanDetail>;
  /** Parts on the critical path. */
  critical?: [number, number][];
}

function placeIn(texts: string[], text: string): number {
  const known = texts.indexOf(text);
  return known >= 0 ? known : texts.push(text) - 1;
}

export function fixtureTrace(spans: readonly FixtureSpan[]): Trace {
  const [services, names]: [string[], string[]] = [[], []];
  const depths: number[] = [];
  const descendants = spans.map(() => 0);
  spans.forEach(({ parent = -1 }, row) => {
    depths.push(parent < 0 ? 0 : (depths[parent] ?? 0) + 1);
    for (let above = parent; above >= 0; above = spans[above]?.parent ?? -1) {
      descendants[above] = Math.max(descendants[above] ?? 0, row - above);
    }
  });
  const parts = spans
    .flatMap(({ critical = [] }, span) => critical.map(([from, to]) => ({ span, from, to })))
    .sort((a, b) => a.from - b.from);
  return {
    trace_id: "0123456789abcdef0123456789abcdef",
    ...{ start_ns: "1700000000000000000", start_ms: 1_700_000_000_000, duration_ns: 100 },
    ...{ total_spans: spans.length, truncated: false, whole: true, main_root: 0 },
    services,
    names,
    columns: {
      span_id: spans.map(({ id }) => id),
      parent: spans.map(({ parent = -1 }) => parent),
      depth: depths,
      descendants,
      service: spans.map(({ service = "order" }) => placeIn(services, service)),
      name: spans.map(({ name, id }) => placeIn(names, name ?? id)),
      kind: spans.map(({ kind = 1 }) => kind),
      status: spans.map(({ isError = false }) => (isError ? 2 : 0)),
      start_offset_ns: spans.map(({ start }) => start),
      duration_ns: spans.map(({ duration }) => duration),
      self_ns: spans.map(({ self, duration }) => self ?? duration),
      skew_ns: spans.map(({ skew = 0 }) => skew),
      problem: spans.map(({ problem = null }) => problem),
    },
    critical_path: {
      span: parts.map(({ span }) => span),
      from_ns: parts.map(({ from }) => from),
      to_ns: parts.map(({ to }) => to),
    },
    problems: { missing_parent: 0, cycle: 0, duplicate_id: 0, negative_duration: 0, skewed: 0 },
    details: spans.map(({ detail }) => ({
      ...{ parent_span_id: null, status_message: null, scope: null },
      ...{ attributes: {}, resource: {}, events: [], links: [] },
      ...detail,
    })),
  };
}
