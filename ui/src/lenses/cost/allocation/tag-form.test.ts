import { expect, it } from "vitest";
import {
  bodyOf,
  EMPTY_FORM,
  formOf,
  movedRules,
  newRule,
  problemOf,
  type TagBody,
} from "./tag-form";

const BODY: TagBody = {
  name: "team",
  description: "Who pays",
  default: "platform",
  normalise: "kebab",
  rules: [
    {
      when: [{ dimension: "tag:Team", operator: "present", values: [] }],
      // biome-ignore lint/suspicious/noThenProperty: the document calls it so
      then: { copy: "tag:Team" },
    },
    {
      when: [
        { dimension: "sub_account_id", operator: "one_of", values: ["111", "222"] },
        { dimension: "service_name", operator: "is_not", values: ["AmazonS3"] },
      ],
      // biome-ignore lint/suspicious/noThenProperty: the document calls it so
      then: { map: { from: "sub_account_id", table: "accounts" } },
    },
    {
      when: [],
      // biome-ignore lint/suspicious/noThenProperty: the document calls it so
      then: { set: "shared" },
    },
  ],
};

it("what is kept comes back as it was", () => {
  expect(bodyOf(formOf(BODY))).toEqual(BODY);
});

it("an outcome that the page cannot write is kept as it is", () => {
  const other = { map: { from: "x_operation", table: "operations", otherwise: "rest" } };
  const body: TagBody = {
    name: "stage",
    normalise: "none",
    // biome-ignore lint/suspicious/noThenProperty: the document calls it so
    rules: [{ when: [], then: other }],
  };
  expect(bodyOf(formOf(body))).toEqual(body);
});

it("values of a condition that takes none are not kept", () => {
  const rule = newRule();
  const when = rule.when.map((it) => ({ ...it, operator: "absent" as const, values: ["old"] }));
  const body = bodyOf({ ...EMPTY_FORM, name: "team", rules: [{ ...rule, when, subject: "x" }] });
  expect(body.rules[0]?.when?.[0]?.values).toEqual([]);
});

it("says what is still open, one thing at a time", () => {
  const rule = newRule();
  const form = { ...EMPTY_FORM, rules: [rule] };
  expect(problemOf(form)).toBe("name");
  expect(problemOf({ ...form, name: "Team One" })).toBe("name");
  const named = { ...form, name: "team" };
  expect(problemOf({ ...named, rules: [] })).toBe("no_rules");
  expect(problemOf(named)).toBe("condition");
  const when = rule.when.map((it) => ({ ...it, values: ["AmazonEC2"] }));
  expect(problemOf({ ...named, rules: [{ ...rule, when }] })).toBe("outcome");
  expect(problemOf({ ...named, rules: [{ ...rule, when, subject: "web" }] })).toBeUndefined();
  const mapped = { ...rule, when, outcome: "map" as const, subject: "tag:Team" };
  expect(problemOf({ ...named, rules: [mapped] })).toBe("outcome");
});

it("rules move by one and never out of the list", () => {
  const rules = [newRule(), newRule(), newRule()];
  const keys = rules.map(({ key }) => key);
  expect(movedRules(rules, 0, 1).map(({ key }) => key)).toEqual([keys[1], keys[0], keys[2]]);
  expect(movedRules(rules, 0, -1).map(({ key }) => key)).toEqual(keys);
  expect(movedRules(rules, 2, 1).map(({ key }) => key)).toEqual(keys);
});
