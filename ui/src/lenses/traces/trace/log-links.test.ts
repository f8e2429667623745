import { expect, test } from "vitest";
import { logsSearch } from "./log-links";

test("the logs of a trace and of a span are searched around the time of the trace", () => {
  const trace = {
    trace_id: "0af7651916cd43dd",
    start_ms: 1_000_000.25,
    duration_ns: 2_500_000_000,
  };
  expect(logsSearch(trace)).toEqual({
    q: "trace_id:0af7651916cd43dd",
    from: "700000",
    to: "1302501",
    env: undefined,
  });
  expect(logsSearch(trace, "b7ad6b71").q).toBe("trace_id:0af7651916cd43dd span_id:b7ad6b71");
});
