import { expect, it } from "vitest";
import { buffersOf, readTrace } from "./load-trace";
import { afterStartNs, startNsText } from "./start-ns";
import { fixtureTrace } from "./trace-fixture";
import { rowOf } from "./tree";
import { readZoom, zoomText } from "./zoom";

const trace = fixtureTrace([
  { id: "root", start: 0, duration: 100, detail: { attributes: { "user.id": "u-17" } } },
  { id: "a", parent: 0, start: 10, duration: 20, name: "결제" },
]);
const loaded = readTrace(new TextEncoder().encode(JSON.stringify(trace)).buffer as ArrayBuffer);

it("an answer becomes a tree, its facts, and the details of each span as text", () => {
  expect(rowOf(loaded.tree, 1)?.name).toBe("결제");
  expect(loaded.facts.trace_id).toBe(trace.trace_id);
  expect(loaded.facts).not.toHaveProperty("columns");
  expect(JSON.parse(loaded.details[0] ?? "").attributes).toEqual({ "user.id": "u-17" });
});

it("all arrays are handed over, each once", () => {
  const buffers = buffersOf(loaded);
  expect(new Set(buffers).size).toBe(buffers.length);
  expect(buffers).toContain(loaded.tree.startNs.buffer);
  expect(buffers).toContain(loaded.tree.critical.fromNs.buffer);
  expect(buffers).toContain(loaded.flame.lane.buffer);
});

it("times since 1970 keep every nanosecond", () => {
  expect(startNsText("1700000000000000001", -35)).toBe("1699999999999999966");
  expect(afterStartNs("1700000000000000001", "1700000000000000003")).toBe(2);
  expect(afterStartNs("1700000000000000001", "1699999999999999999")).toBe(-2);
});

it("the part of the time that is shown is read as it was written", () => {
  const all = { fromNs: 0, toNs: 1000 };
  expect(zoomText({ fromNs: 10.5, toNs: 20.5 }, all)).toBe("10-21");
  expect(readZoom("10-21", all)).toEqual({ fromNs: 10, toNs: 21 });
  expect(zoomText(all, all)).toBeUndefined();
  for (const wrong of [undefined, "", "20-10", "a-b", "-5-10", "2000-3000"]) {
    expect(readZoom(wrong, all)).toBe(all);
  }
});
