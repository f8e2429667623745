import { describe, expect, test } from "vitest";
import { countArrivals, NOTHING_YET } from "./arrivals";
import { endpoints } from "./endpoints";
import { SOURCES } from "./sources";

const HERE = { origin: "http://hannun.example:7070", hostname: "hannun.example" };

describe("addresses to send to", () => {
  test("are the listeners", () => {
    const listeners = { http: null, otlp_grpc: "10.0.0.7:4317", otlp_http: "10.0.0.7:4318" };
    expect(endpoints(listeners, HERE)).toEqual({
      http: "http://10.0.0.7:4318",
      grpc: "http://10.0.0.7:4317",
      isLoopback: false,
    });
  });

  test("have the name in the address bar when a listener listens everywhere", () => {
    const listeners = { http: null, otlp_grpc: null, otlp_http: "0.0.0.0:4318" };
    expect(endpoints(listeners, HERE)).toEqual({
      http: "http://hannun.example:4318",
      grpc: null,
      isLoopback: false,
    });
    expect(endpoints({ ...listeners, otlp_http: "[::]:4318" }, HERE).http).toBe(
      "http://hannun.example:4318",
    );
  });

  test("fall back to the port of the page when the listener is off", () => {
    const listeners = { http: null, otlp_grpc: null, otlp_http: null };
    expect(endpoints(listeners, HERE).http).toBe("http://hannun.example:7070/otlp");
  });

  test("on loopback are known as such", () => {
    const listeners = { http: null, otlp_grpc: null, otlp_http: "127.0.0.1:4318" };
    expect(endpoints(listeners, HERE).isLoopback).toBe(true);
  });
});

test.each(SOURCES.map((source) => [source.id, source] as const))(
  "%s: the snippet has the endpoint, and the key only from elsewhere",
  (_id, source) => {
    const text = (key: string | null) =>
      source
        .steps({ endpoint: "http://10.0.0.7:4318", key })
        .map((step) => step.code)
        .join("\n");
    expect(text(null)).toContain("http://10.0.0.7:4318");
    expect(text(null).toLowerCase()).not.toContain("bearer");
    expect(text("hik_1")).toMatch(/Bearer(%20| )hik_1/);
  },
);

test("arrivals are counted from the first read on, across a restart", () => {
  let count = NOTHING_YET;
  const received = [100, 100, 130, 20].map((total) => {
    count = countArrivals(count, total);
    return count.received;
  });
  expect(received).toEqual([0, 0, 30, 50]);
});
