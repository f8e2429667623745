import { expect, test } from "vitest";
import { keyName } from "./key-names";

test.each([
  ["shop.order.number", "order number"],
  ["orderId", "order id"],
  ["customer", "customer"],
  ["app.payment_key", "payment key"],
  ["id", "id"],
  ["...", "..."],
])("%s reads %s", (key, name) => {
  expect(keyName(key)).toBe(name);
});

test("words can be translated one by one", () => {
  const words = new Map([["order", "주문"]]);
  expect(keyName("shop.order.number", (word) => words.get(word) ?? word)).toBe("주문 number");
});
