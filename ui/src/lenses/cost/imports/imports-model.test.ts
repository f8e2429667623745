/** Sources as documents, differences of a restated month, and how far an import is. */
import { expect, it } from "vitest";
import type { RestatementRow } from "../cost-types";
import { missingRate } from "../rates";
import { jobShare, leftMs } from "./job-progress";
import { readRestated, restatedText } from "./restated";
import { latestRestatement, restatedGroups } from "./restated-groups";
import { NEW_SOURCE, readSource, sourceBody, sourceId } from "./sources";
import { uploadPath } from "./upload";

const BUCKET = { ...NEW_SOURCE, name: " AWS main ", url: " s3://bills/cur/ " };

it("a source is read as it was written, and what the form does not know stays", () => {
  const form = {
    ...BUCKET,
    region: "ap-northeast-2",
    credentials: "environment" as const,
    accessKeyEnv: "BILLS_KEY",
    secretKeyEnv: "BILLS_SECRET",
  };
  const body = sourceBody(form, { format: "focus", account: "111122223333" });
  expect(body).toEqual({
    format: "focus",
    name: "AWS main",
    url: "s3://bills/cur/",
    every: "6h",
    enabled: true,
    region: "ap-northeast-2",
    credentials: { access_key_env: "BILLS_KEY", secret_key_env: "BILLS_SECRET" },
  });
  expect(readSource(body)).toEqual({ ...form, name: "AWS main", url: "s3://bills/cur/" });
});

it("without keys of its own a source uses those of the machine", () => {
  const before = { credentials: { profile: "old" } };
  expect(sourceBody(BUCKET, before)).not.toHaveProperty("credentials");
  const profile = { ...BUCKET, credentials: "profile" as const, profile: "billing" };
  expect(sourceBody(profile, {})).toMatchObject({ credentials: { profile: "billing" } });
});

it("an id is made of the name, or of the time when no letter of it is Latin", () => {
  expect(sourceId(" AWS main (KR) ")).toBe("aws-main-kr");
  expect(sourceId("청구서")).toMatch(/^source-[a-z0-9]+$/);
});

const row = (more: Partial<RestatementRow>): RestatementRow => ({
  source: "aws",
  period_start_ms: Date.UTC(2026, 9, 1),
  imported_ms: 2,
  day_ms: Date.UTC(2026, 9, 1),
  sub_account_id: "1",
  service_name: "EC2",
  currency: "USD",
  billed_before: "0.1",
  billed_after: "0.2",
  effective_before: "1",
  effective_after: "1",
  ...more,
});

it("differences are added up exactly, and currencies stay apart", () => {
  const rows = [
    row({}),
    row({ day_ms: Date.UTC(2026, 9, 2), billed_before: "0.2", billed_after: "0.4" }),
    row({ sub_account_id: null, currency: "EUR" }),
  ];
  expect(restatedGroups(rows, "each")).toHaveLength(3);
  const services = restatedGroups(rows, "service");
  expect(services.map((it) => [it.service_name, it.currency, it.billed_before, it.day])).toEqual([
    ["EC2", "USD", "0.3", undefined],
    ["EC2", "EUR", "0.1", undefined],
  ]);
  expect(restatedGroups(rows, "day").map((it) => it.day)).toEqual([
    "2026-10-01",
    "2026-10-02",
    "2026-10-01",
  ]);
});

it("of a month that was restated twice the last time counts", () => {
  const rows = [row({ imported_ms: 1 }), row({ imported_ms: 5, service_name: "S3" })];
  expect(latestRestatement(rows).map((it) => it.service_name)).toEqual(["S3"]);
});

it("the month that is open is in the URL", () => {
  const text = restatedText("aws main", Date.UTC(2026, 9, 1));
  expect(text).toBe("2026-10 aws main");
  expect(readRestated(text)).toEqual({ source: "aws main", periodStartMs: Date.UTC(2026, 9, 1) });
  expect(readRestated("2026-13 aws")).toBeUndefined();
  expect(readRestated(undefined)).toBeUndefined();
});

it("progress goes by bytes, else by files, and tells the rest of the time", () => {
  const job = { files_done: 1, files_total: 4, bytes_done: 0, bytes_total: 0, started_ms: 0 };
  expect(jobShare(job)).toBe(0.25);
  expect(jobShare({ ...job, bytes_done: 150, bytes_total: 100 })).toBe(1);
  expect(jobShare({ ...job, files_total: 0 })).toBeUndefined();
  expect(leftMs(job, 1000)).toBe(3000);
  expect(leftMs({ ...job, bytes_done: 1, bytes_total: 100 }, 1000)).toBeUndefined();
});

it("a missing rate is named by its pair and day, another conflict is not one", () => {
  const message = "no exchange rate from USD to KRW is known for 2018-10-01: add a document";
  expect(missingRate({ code: "exchange_rate_missing", message })).toEqual({
    from: "USD",
    to: "KRW",
    day: "2018-10-01",
  });
  expect(missingRate({ code: "conflict", message })).toBeUndefined();
});

it("the names of an upload are escaped", () => {
  const file = new File(["a"], "청구서 & 1.csv");
  const path = uploadPath({ file, source: "aws=1", currency: "" });
  const { searchParams } = new URL(path, "http://localhost");
  expect(Object.fromEntries(searchParams)).toEqual({ source: "aws=1", file_name: file.name });
});
