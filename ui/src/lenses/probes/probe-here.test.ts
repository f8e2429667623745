import { expect, test } from "vitest";
import { probeHereSearch } from "./probe-here";

test("a span that names its line leads to a probe on it", () => {
  const attributes = { "code.file.path": "/srv/shop/orders.py", "code.line.number": 17 };
  expect(probeHereSearch(attributes, { "telemetry.sdk.language": "python" }, "order")).toEqual({
    probe: "new",
    service: "order",
    language: "python",
    file: "/srv/shop/orders.py",
    line: 17,
  });
});

test("names of the older conventions and of tracers with code origins count too", () => {
  const older = { "code.filepath": "a.go", "code.lineno": "3" };
  expect(probeHereSearch(older, {}, "a")).toMatchObject({ file: "a.go", line: 3 });
  const origin = {
    "_dd.code_origin.frames.0.file": "b.py",
    "_dd.code_origin.frames.0.line": "9",
  };
  expect(probeHereSearch(origin, {}, "a")).toMatchObject({ file: "b.py", line: 9 });
});

test("a span without a file or a line leads nowhere", () => {
  expect(probeHereSearch({ "code.file.path": "a.py" }, {}, "a")).toBeUndefined();
  expect(probeHereSearch({ "code.line.number": 3 }, {}, "a")).toBeUndefined();
  const odd = { "code.file.path": "a.py", "code.line.number": "-1" };
  expect(probeHereSearch(odd, {}, "a")).toBeUndefined();
});
