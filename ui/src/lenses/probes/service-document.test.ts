import { expect, test } from "vitest";
import { serviceDocumentId } from "./service-document";

test("a plain name is the id itself, whatever its case", () => {
  expect(serviceDocumentId("order-api_v2")).toBe("order-api_v2");
  expect(serviceDocumentId("Order")).toBe("order");
});

test("any other name becomes an id of its own, the same each time", () => {
  expect(serviceDocumentId("Order 서비스")).toMatch(/^order-[0-9a-f]{8}$/);
  expect(serviceDocumentId("주문")).toMatch(/^service-[0-9a-f]{8}$/);
  expect(serviceDocumentId("주문")).toBe(serviceDocumentId("주문"));
  expect(serviceDocumentId("주문")).not.toBe(serviceDocumentId("배송"));
  expect(serviceDocumentId("a/b")).not.toBe(serviceDocumentId("a b"));
});

test("a long name still fits into an id", () => {
  const id = serviceDocumentId("x".repeat(200));
  expect(id.length).toBeLessThanOrEqual(128);
  expect(id).toMatch(/^[a-z][a-z0-9._-]*$/);
});
