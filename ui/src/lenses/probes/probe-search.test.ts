import { expect, test } from "vitest";
import { parseSearch, stringifySearch } from "@/common/search";
import { validateProbe, validateProbes } from "./probe-search";

test("an address says what is shown, and is the same after being read", () => {
  const address = "?service=order&state=paused&sort=-snapshots&probe=new&copy=a&file=a.py&line=17";
  const search = validateProbes(parseSearch(address));
  expect(search).toEqual({
    ...{ service: "order", state: "paused", sort: "-snapshots" },
    ...{ probe: "new", copy: "a", file: "a.py", line: 17 },
  });
  expect(validateProbes(parseSearch(stringifySearch({ ...search })))).toEqual(search);
});

test("what is not known or not whole is left out", () => {
  expect(validateProbes(parseSearch("?state=lost&line=x&probe=&other=1"))).toEqual({});
  expect(validateProbe(parseSearch("?snapshot=s-1&edit=yes&sort="))).toEqual({ snapshot: "s-1" });
  expect(validateProbe(parseSearch("?edit=true"))).toEqual({ edit: true });
});
