import { expect, test } from "vitest";
import { type Progress, RecordCounter, readExport } from "./export";

const bytes = (text: string) => new TextEncoder().encode(text);

test("records of CSV are counted without the head and with line breaks in cells", () => {
  const counter = new RecordCounter("csv");
  for (const piece of ['time,message\r\n1,"a', '\nb ""c"""\r\n2,', "d\r\n"]) {
    counter.add(bytes(piece));
  }
  expect(counter.records).toBe(2);
});

test("records of NDJSON are its lines", () => {
  const counter = new RecordCounter("ndjson");
  counter.add(bytes('{"a":"\\""}\n{"b":1}\n'));
  expect(counter.records).toBe(2);
});

test("an export is kept whole, and its progress is told", async () => {
  const seen: Progress[] = [];
  const response = new Response(bytes("{}\n{}\n{}\n"), { headers: { "hannun-total-rows": "3" } });
  const file = await readExport(response, "ndjson", (progress) => seen.push(progress));
  expect(file.size).toBe(9);
  expect(seen.at(-1)).toEqual({ records: 3, bytes: 9, total: 3 });
});

test("an export of unknown length has no total", async () => {
  const seen: Progress[] = [];
  await readExport(new Response(bytes("{}\n")), "ndjson", (progress) => seen.push(progress));
  expect(seen.at(-1)?.total).toBeUndefined();
});
