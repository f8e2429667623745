import { expect, test } from "vitest";
import {
  bodyOfForm,
  copyOfProbe,
  missingFields,
  NEW_PROBE,
  newProbeId,
  type ProbeForm,
  possible,
  readProbe,
  whereText,
} from "./probe-form";

const NOW = Date.UTC(2026, 10, 21, 14, 0, 0);
const LOG = {
  service: "order",
  environment: "prod",
  language: "python",
  type: "log",
  where: { module: "shop.orders", method: "OrderService.place" },
  evaluate_at: "exit",
  condition: "order.total > 100",
  template: "order {order.no}",
  capture_snapshot: true,
  snapshots_per_second: 2,
  capture: { max_depth: 3, max_length: 255 },
  tags: ["team:sales"],
  redact: ["vin"],
  expires_at: "2026-11-21T15:00:00Z",
  paused: true,
};
const METRIC = {
  service: "order",
  language: "java",
  type: "metric",
  where: { file: "OrderService.java", line: 17 },
  metric: { name: "order.total", kind: "distribution", value: "order.total" },
  expires_at: "2026-11-21T15:00:00Z",
};
const SPAN = {
  service: "order",
  language: "dotnet",
  type: "span",
  where: { class: "Shop.OrderService", method: "Place" },
  expires_at: "2026-11-21T15:00:00Z",
};

test.each([LOG, METRIC, SPAN])("a document becomes a form and the same document again", (body) => {
  expect(bodyOfForm(readProbe(body), NOW)).toEqual(body);
});

test("a log without values to capture says so, and has no limits of what is captured", () => {
  const form = { ...readProbe(LOG), isSnapshot: false };
  const body = bodyOfForm(form, NOW);
  expect(body).toMatchObject({ capture_snapshot: false, template: "order {order.no}" });
  expect(body).not.toHaveProperty("capture");
});

test("parts of another kind of probe are not saved", () => {
  const form: ProbeForm = { ...readProbe(LOG), type: "metric", metricName: "a", place: "line" };
  const body = bodyOfForm({ ...form, file: "a.py", line: 3 }, NOW);
  expect(Object.keys(body).sort()).toEqual([
    ...["condition", "environment", "expires_at", "language", "metric", "paused", "redact"],
    ...["service", "tags", "type", "where"],
  ]);
  expect(body["where"]).toEqual({ file: "a.py", line: 3 });
});

test("a new probe lives for an hour from when it is saved; an old one keeps its end", () => {
  expect(bodyOfForm(NEW_PROBE, NOW)["expires_at"]).toBe("2026-11-21T15:00:00.000Z");
  expect(bodyOfForm({ ...readProbe(LOG), lifeMinutes: 15 }, NOW)["expires_at"]).toBe(
    "2026-11-21T14:15:00.000Z",
  );
});

test("a copy is the same probe with a life of its own", () => {
  const copy = copyOfProbe(LOG);
  expect(bodyOfForm(copy, NOW)).toEqual({
    ...LOG,
    expires_at: "2026-11-21T15:00:00.000Z",
    paused: undefined,
  });
});

test("what a language cannot do is changed to what it can", () => {
  const method: ProbeForm = { ...NEW_PROBE, type: "metric", place: "method" };
  expect(possible({ ...method, language: "nodejs" })).toMatchObject({ type: "log", place: "line" });
  expect(possible({ ...method, language: "python" })).toMatchObject({
    type: "metric",
    place: "method",
  });
  expect(possible({ ...NEW_PROBE, type: "span" })).toMatchObject({ type: "span", place: "method" });
  expect(possible({ ...NEW_PROBE, language: "php" })).toMatchObject({ place: "method" });
});

test("what is missing is named, by the place and kind of the probe", () => {
  expect(missingFields(NEW_PROBE, NOW)).toEqual(["service", "language", "file", "line"]);
  expect(missingFields({ ...NEW_PROBE, type: "metric", place: "method" }, NOW)).toEqual([
    ...["service", "language", "container", "method", "metric_name"],
  ]);
  expect(missingFields(readProbe(LOG), NOW)).toEqual([]);
  expect(missingFields(readProbe(LOG), NOW + 3_600_000)).toEqual(["expiry"]);
  expect(missingFields({ ...readProbe(METRIC), line: 0 }, NOW)).toEqual(["line"]);
  expect(missingFields({ ...readProbe(METRIC), metricValue: " " }, NOW)).toEqual(["metric_value"]);
  const counter: ProbeForm = { ...readProbe(METRIC), metricValue: "", metricKind: "count" };
  expect(missingFields(counter, NOW)).toEqual([]);
});

test("a module and a class become the one name that clients take", () => {
  const where = { module: "shop.orders", class: "OrderService", method: "place" };
  expect(bodyOfForm(readProbe({ ...LOG, where }), NOW)["where"]).toEqual({
    module: "shop.orders",
    method: "OrderService.place",
  });
  expect(bodyOfForm(readProbe({ ...SPAN, where }), NOW)["where"]).toEqual({
    class: "shop.orders.OrderService",
    method: "place",
  });
});

test("a place is told as one would say it", () => {
  expect(whereText(LOG)).toBe("shop.orders.OrderService.place");
  expect(whereText(METRIC)).toBe("OrderService.java:17");
  expect(whereText({ where: { method: "place" } })).toBe("place");
  expect(whereText({ where: "odd" })).toBe("");
  const both = { module: "shop.orders", class: "OrderService", method: "place" };
  expect(whereText({ where: both })).toBe("shop.orders.OrderService.place");
});

test("the address of a new probe can be read, and is its own", () => {
  const form: ProbeForm = { ...NEW_PROBE, service: "Order 서비스", file: "shop/orders.py" };
  expect(newProbeId(form)).toMatch(/^order-shop-orders-py-[0-9a-f]{6}$/);
  expect(newProbeId({ ...NEW_PROBE, service: "주문" })).toMatch(/^probe-[0-9a-f]{6}$/);
  expect(newProbeId(form)).not.toBe(newProbeId(form));
});

test("a body of any shape is read without breaking", () => {
  const form = readProbe({ where: [], capture: 3, metric: null, tags: [1, "a"], line: "x" });
  expect(form).toMatchObject({ type: "log", place: "line", line: "", tags: ["a"], language: "" });
});
