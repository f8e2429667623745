import { expect, test } from "vitest";
import type { Schemas } from "@/api/client";
import { mayEdit } from "./document-queries";
import { filterDocuments } from "./filter";

function document(kind: string, id: string, title?: string): Schemas["Document"] {
  const body = title === undefined ? {} : { title };
  const fixed = { revision: 1, author: "hana", time_ms: 0, message: "", source: null };
  return { ...fixed, kind, id, deleted: false, body };
}

test("every word has to be found, in any of the columns", () => {
  const all = [document("saved-view", "a", "Slow orders"), document("saved-view", "b", "Slow pay")];
  const ids = (kind?: string, filter?: string) =>
    filterDocuments(all, kind, filter).map((it) => it.id);
  expect(ids(undefined, "slow HANA")).toEqual(["a", "b"]);
  expect(ids(undefined, "slow orders")).toEqual(["a"]);
  expect(ids("display-settings", "slow")).toEqual([]);
});

test("a viewer changes only the own display settings", () => {
  const viewer = { id: "01ABC", name: "hana", role: "viewer" } as const;
  const kind = {
    kind: "display-settings",
    title: "",
    description: "",
    edit_role: "owner",
    schema: {},
  } as const;
  expect(mayEdit(viewer, kind, "01abc")).toBe(true);
  expect(mayEdit(viewer, kind, "organization")).toBe(false);
  expect(mayEdit({ ...viewer, role: "owner" }, kind, "organization")).toBe(true);
});
