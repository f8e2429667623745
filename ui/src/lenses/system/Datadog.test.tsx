import { cleanup, screen } from "@testing-library/react";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import type { Schemas } from "@/api/client";
import { loadTexts, startI18n } from "@/i18n";
import { expectText, giveRoom, HOSTILE, show } from "@/test-support/hostile-text";
import { Datadog } from "./Datadog";

type DatadogStatus = Schemas["DatadogStatus"];

const NOTHING: DatadogStatus = {
  not_kept: [],
  dogstatsd: {
    packets: 0,
    bytes: 0,
    metrics: 0,
    values: 0,
    events: 0,
    service_checks: 0,
    rows: 0,
    contexts: 0,
    malformed: [],
    malformed_last: null,
    dropped: [],
  },
};

beforeAll(async () => {
  await startI18n("en");
  await loadTexts("system");
});
beforeEach(giveRoom);
afterEach(cleanup);

function withLine(line: string): DatadogStatus {
  return {
    not_kept: [
      {
        endpoint: "/telemetry/proxy/",
        reason: "in other words",
        payloads: 3,
        bytes: 2048,
        last_ms: 0,
      },
    ],
    dogstatsd: {
      ...NOTHING.dogstatsd,
      packets: 1234,
      malformed: [
        { reason: "value", count: 2 },
        { reason: "unheard", count: 5 },
      ],
      malformed_last: { time_ms: 0, reason: "value", line },
      dropped: [{ reason: "kernel", count: 9 }],
    },
  };
}

test("without a sender of Datadog there is nothing about it", async () => {
  show(
    <>
      <Datadog datadog={NOTHING} />
      <p>end</p>
    </>,
  );
  await screen.findByText("end");
  expect(screen.queryByText("Datadog agents and SDKs")).toBeNull();
});

test("what is not kept, what was malformed and what was dropped are told with their numbers", async () => {
  show(<Datadog datadog={withLine("page.views:x|c")} />);
  expect(await screen.findByText("/telemetry/proxy/")).toBeDefined();
  expect(screen.getByText(/A tracer telling about itself/)).toBeDefined();
  expect(screen.getByText("2 KiB")).toBeDefined();
  const fact = (name: string) => screen.getByText(name).nextElementSibling?.textContent;
  expect(fact("Malformed lines")).toBe("7");
  expect(fact("· value")).toBe("2");
  expect(fact("unheard")).toBe("5");
  expect(fact("Dropped")).toBe("9");
  expect(screen.getByText("page.views:x|c")).toBeDefined();
});

test.each(HOSTILE)("a malformed line shows %j as text", async (text) => {
  await expectText(<Datadog datadog={withLine(text)} />, text);
});
