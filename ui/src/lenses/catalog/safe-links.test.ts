import { expect, test } from "vitest";
import { HOSTILE } from "@/test-support/hostile-text";
import { contactAddress, pageAddress } from "./safe-links";

test("pages and mailboxes become links", () => {
  expect(pageAddress("https://wiki.example/runbook?x=1#y")).toBe(
    "https://wiki.example/runbook?x=1#y",
  );
  expect(pageAddress(" http://10.0.0.1:8080/a ")).toBe("http://10.0.0.1:8080/a");
  expect(contactAddress("on-call+shop@shop.example")).toBe("mailto:on-call+shop@shop.example");
  expect(contactAddress("mailto:team@shop.example")).toBe("mailto:team@shop.example");
  expect(contactAddress("https://shop.slack.com/archives/C1")).toBe(
    "https://shop.slack.com/archives/C1",
  );
});

test("what could run or fill in something stays text", () => {
  const addresses = [
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)",
    "data:text/html,<script>",
    "vbscript:x",
    "file:///etc/passwd",
    "//shop.example/a",
    "/settings",
    "#channel",
    "",
    ...HOSTILE,
  ];
  expect(addresses.map(pageAddress).filter((it) => it !== undefined)).toEqual([]);
  expect(addresses.map(contactAddress).filter((it) => it !== undefined)).toEqual([]);
  expect(contactAddress("a@b.example?bcc=c@d.example&body=x")).toBeUndefined();
  expect(contactAddress("a@b.example,c@d.example")).toBeUndefined();
  expect(contactAddress("a%0Abcc:c@d.example")).toBeUndefined();
});
