import { describe, expect, it } from "vitest";
import { newSearch } from "./old-search";

describe("links from before the search language", () => {
  it("ask for the service, the operation and failed spans", () => {
    expect(newSearch({ service: "order", errors: "true" })).toEqual({
      q: "service:order status:error",
    });
    expect(newSearch({ service: "order", operation: "GET /orders" })).toEqual({
      q: 'service:order name:"GET /orders"',
    });
  });

  it("ask for the duration in milliseconds, of the root when nothing else is asked for", () => {
    expect(newSearch({ min_ms: "250" })).toEqual({ q: "duration:>=250ms", only: "root" });
    expect(newSearch({ min_ms: "1.5", service: "web" })).toEqual({
      q: "service:web duration:>=1.5ms",
    });
  });

  it("quote what would be a word of the language", () => {
    expect(newSearch({ operation: 'a "b" | top' })).toEqual({ q: 'name:"a \\"b\\" | top"' });
    expect(newSearch({ service: "OR" })).toEqual({ q: 'service:"OR"' });
  });

  it("keep the time, the environment, and a search that is there", () => {
    expect(newSearch({ q: "a OR b", service: "web", from: "1h", env: "prod" })).toEqual({
      ...{ from: "1h", env: "prod" },
      q: "(a OR b) service:web",
    });
  });

  it("lose what has no meaning", () => {
    expect(newSearch({ errors: "no", min_ms: "many", from: "1h" })).toEqual({ from: "1h" });
  });

  it("are left alone when they are new", () => {
    expect(newSearch({ q: "service:web", sort: "errors" })).toBeUndefined();
  });
});
