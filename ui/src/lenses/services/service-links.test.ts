import { expect, it } from "vitest";
import { attributeQuery, spansQuery } from "./service-links";

it("a search names the service, and quotes what the language would read otherwise", () => {
  expect(spansQuery("order")).toBe("service:order");
  expect(spansQuery('a "b" OR c')).toBe('service:"a \\"b\\" OR c"');
  expect(spansQuery("")).toBe("-service:*");
});

it("a search has the version, the outcome and the bounds that are wanted", () => {
  const wanted = { version: "1.2", failed: true, minMs: 1.5, maxMs: 0.25 };
  expect(spansQuery("order", wanted)).toBe(
    "service:order version:1.2 status:error duration:>=1500us duration:<250us",
  );
});

it("a search for requests leaves out the calls that the service makes", () => {
  expect(spansQuery("order", { requests: "entries" })).toBe(
    "service:order kind:(server OR consumer)",
  );
  expect(spansQuery("batch", { requests: "roots" })).toBe("service:batch -parent_id:*");
});

it("no version is asked for as such, and is not the same as any version", () => {
  expect(spansQuery("order", { version: null })).toBe("service:order -version:*");
  expect(spansQuery("order", { version: undefined })).toBe("service:order");
});

it("an attribute leads to the rows that have the value", () => {
  expect(attributeQuery("order", "host.name", "ip-10 0")).toBe('service:order host.name:"ip-10 0"');
});
