import { describe, expect, test } from "vitest";
import { countArrivals, NOTHING_YET } from "./arrivals";
import { endpoints, type Target } from "./endpoints";
import { snippetSettings } from "./snippet-settings";
import { SOURCES } from "./sources";
import { datadogAgent } from "./sources/datadog/agent";
import { dogstatsd } from "./sources/datadog/dogstatsd";
import { TRACERS } from "./sources/datadog/tracers";
import { rsyslog } from "./sources/rsyslog";
import { type Source, withPort } from "./sources/source";

const HERE = { origin: "http://hannun.example:7070", hostname: "hannun.example" };

describe("addresses to send to", () => {
  const off = { http: null, otlp_grpc: null, otlp_http: null, fluent: null };

  test("are the listeners", () => {
    const listeners = {
      ...off,
      otlp_grpc: "10.0.0.7:4317",
      otlp_http: "10.0.0.7:4318",
      fluent: "10.0.0.7:24224",
      syslog_tcp: "10.0.0.7:1514",
      syslog_udp: "10.0.0.7:1515",
      datadog: "10.0.0.7:8126",
      dogstatsd: "10.0.0.7:8125",
      datadog_socket: "/run/apm.socket",
      dogstatsd_socket: "/run/dsd.socket",
    };
    expect(endpoints(listeners, HERE)).toMatchObject({
      http: "http://10.0.0.7:4318",
      grpc: "http://10.0.0.7:4317",
      main: "http://hannun.example:7070",
      fluent: "10.0.0.7:24224",
      syslogTcp: "10.0.0.7:1514",
      syslogUdp: "10.0.0.7:1515",
      datadog: "10.0.0.7:8126",
      dogstatsd: "10.0.0.7:8125",
      datadogSocket: "/run/apm.socket",
      dogstatsdSocket: "/run/dsd.socket",
    });
  });

  test("have the name in the address bar when a listener listens everywhere", () => {
    const listeners = { ...off, otlp_http: "0.0.0.0:4318", fluent: "[::]:24224" };
    expect(endpoints(listeners, HERE)).toMatchObject({
      http: "http://hannun.example:4318",
      grpc: null,
      fluent: "hannun.example:24224",
      syslogTcp: null,
    });
  });

  test("fall back to the port of the page when the listener is off", () => {
    expect(endpoints(off, HERE).http).toBe("http://hannun.example:7070/otlp");
  });

  test("on loopback are known as such", () => {
    const listeners = { ...off, otlp_http: "127.0.0.1:4318", fluent: "[::1]:24224" };
    expect(endpoints(listeners, HERE).isLoopback).toEqual({
      otlp_http: true,
      http: false,
      fluent: true,
      syslog_tcp: false,
      datadog: false,
      dogstatsd: false,
    });
  });
});

const LISTENERS = {
  otlp_http: "10.0.0.7:4318",
  fluent: "10.0.0.7:24225",
  syslog_tcp: "10.0.0.7:1515",
  datadog: "10.0.0.7:8127",
  dogstatsd: "10.0.0.7:8128",
};
const ADDRESS_OF: Record<Target, RegExp> = {
  otlp_http: /http:\/\/10\.0\.0\.7:4318/,
  http: /http:\/\/hannun\.example:7070/,
  fluent: /host: "10\.0\.0\.7"\n +port: 24225/,
  syslog_tcp: /target="10\.0\.0\.7" port="1515"/,
  datadog: /http:\/\/10\.0\.0\.7:8127/,
  dogstatsd: /DD_AGENT_HOST=10\.0\.0\.7\nexport DD_DOGSTATSD_PORT=8128/,
};

function snippets(source: Source, key: string | null, listeners: Record<string, string> = {}) {
  const addresses = endpoints(listeners, HERE);
  const settings = snippetSettings(addresses, key, HERE.hostname);
  return source
    .steps(settings)
    .map((step) => step.code)
    .join("\n");
}

test.each(SOURCES.map((source) => [source.id, source] as const))(
  "%s: the snippet has the address, and the key only from elsewhere",
  (_id, source) => {
    const near = snippets(source, null, LISTENERS);
    expect(near).toMatch(ADDRESS_OF[source.target]);
    // An agent of Datadog does not start without a key, and Vector has a sink that needs one.
    const withoutAny = near.replaceAll(/.*api_key: "local".*|\["local"\]/g, "");
    expect(withoutAny).not.toMatch(/bearer|auth|password|key:|null|undefined/i);
    const far = snippets(source, "hnk_1", LISTENERS);
    const isTold = /(Bearer(%20| )|token(:| =) "?|KEY: |key:? "?(hannun:)?|password: ")hnk_1/.test(
      far,
    );
    // Syslog knows no keys, and neither do tracers.
    expect(isTold).toBe(source.admits === undefined);
  },
);

test("a listener that is off is started first, for other machines when they send", () => {
  expect(snippets(rsyslog, null)).toMatch(/^--syslog-tcp-listen 127.0.0.1:1514\n/);
  expect(snippets(rsyslog, null)).toContain('target="127.0.0.1" port="1514"');
  expect(snippets(rsyslog, "hnk_1")).toMatch(/^--syslog-tcp-listen 0.0.0.0:1514\n/);
  expect(snippets(rsyslog, "hnk_1")).toContain('target="hannun.example" port="1514"');
});

test("a page that is open on the server itself does not know the name that others call it by", () => {
  const settings = snippetSettings(endpoints({}, HERE), "hnk_1", "localhost");
  expect(settings.fluent).toEqual({
    host: "<host>",
    port: "24224",
    startWith: "--fluent-listen 0.0.0.0:24224",
  });
});

test("an address without a port gets the usual one for senders that would take another", () => {
  expect(withPort("https://hannun.example")).toBe("https://hannun.example:443");
  expect(withPort("http://hannun.example")).toBe("http://hannun.example:80");
  expect(withPort("http://[::1]:7070")).toBe("http://[::1]:7070");
});

test("arrivals are counted from the first read on, across a restart", () => {
  let count = NOTHING_YET;
  const received = [100, 100, 130, 20].map((total) => {
    count = countArrivals(count, total);
    return count.received;
  });
  expect(received).toEqual([0, 0, 30, 50]);
});

test("a tracer is told one variable, and the socket only on the same machine", () => {
  const listeners = { ...LISTENERS, datadog_socket: "/run/apm.socket" };
  for (const tracer of TRACERS) {
    const near = snippets(tracer, null, listeners);
    expect(near).toMatch(/^export DD_TRACE_AGENT_URL=http:\/\/10\.0\.0\.7:8127\n/);
    expect(near).toContain("export DD_TRACE_AGENT_URL=unix:///run/apm.socket");
    expect(snippets(tracer, "hnk_1", listeners)).not.toContain("unix:");
  }
});

test("beside an agent of Datadog the usual ports are left to it", () => {
  const [python] = TRACERS;
  expect(snippets(python, null)).toMatch(/^--datadog-listen 127\.0\.0\.1:8136\n/);
  expect(snippets(python, null)).toContain("DD_TRACE_AGENT_URL=http://127.0.0.1:8136");
  expect(snippets(dogstatsd, null)).toMatch(/^--dogstatsd-listen 127\.0\.0\.1:8135\n/);
  expect(snippets(dogstatsd, "hnk_1")).toMatch(
    /^--dogstatsd-listen 0\.0\.0\.0:8135 --datadog-allow 10\.0\.0\.0\/8\n/,
  );
});

test("an agent that ships to both waits for neither with its logs", () => {
  const code = snippets(datadogAgent, "hnk_1", LISTENERS);
  expect(code).toContain('host: "10.0.0.7"\n      port: 8127');
  expect(code).toContain("is_reliable: false");
  expect(code.match(/hnk_1/g)).toHaveLength(4);
});

test("an IPv6 address has its brackets in an address, and none as a host", () => {
  const [python] = TRACERS;
  const listeners = { datadog: "[2001:db8::7]:8126", dogstatsd: "[2001:db8::7]:8125" };
  expect(snippets(python, null, listeners)).toContain("http://[2001:db8::7]:8126");
  expect(snippets(dogstatsd, null, listeners)).toContain("DD_AGENT_HOST=2001:db8::7\n");
});
