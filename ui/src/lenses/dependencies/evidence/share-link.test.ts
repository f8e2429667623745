import { expect, test } from "vitest";
import { parseSearch } from "@/common/search";
import { validateEvidence } from "../routes";
import { isoTime } from "./iso-time";
import { shareLink } from "./share-link";

const shared = {
  search: { name: "registry.gov.example", kind: "external", timeout: 30_000 },
  fromMs: 1_780_272_000_000.4,
  toMs: 1_780_275_600_000,
  environment: "production",
  thresholdMs: 10_000,
  attributes: ["shop.order.number"],
} as const;

test("a shared link has absolute times and every choice, also those made by the page", () => {
  const link = new URL(shareLink("https://hannun.example", shared));
  expect(link.pathname).toBe("/dependencies/evidence");
  expect(parseSearch(link.search)).toEqual({
    name: "registry.gov.example",
    kind: "external",
    timeout: "30000",
    from: "1780272000000",
    to: "1780275600000",
    env: "production",
    threshold: "10000",
    ids: "shop.order.number",
  });
});

test("what is shared is read back, no ids included", () => {
  const link = new URL(shareLink("https://h.example", { ...shared, attributes: [] }));
  expect(validateEvidence(parseSearch(link.search))).toEqual({
    ...shared.search,
    threshold: 10_000,
    ids: ["-"],
  });
});

test("nonsense in the address is as if it were absent", () => {
  expect(validateEvidence({ kind: "moon", threshold: "-5", timeout: "x", name: "" })).toEqual({});
});

test("times in files have the offset of the time zone", () => {
  const time = Date.UTC(2026, 10, 21, 9, 4, 9, 87);
  expect(isoTime(time, "Asia/Seoul")).toBe("2026-11-21T18:04:09.087+09:00");
  expect(isoTime(time, "America/St_Johns")).toBe("2026-11-21T05:34:09.087-03:30");
});
