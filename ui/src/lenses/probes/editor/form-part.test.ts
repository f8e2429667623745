import { expect, test } from "vitest";
import { ApiError } from "@/api/errors";
import { otherProblems, problemAt } from "./form-part";
import { NEW_PROBE, type ProbeForm } from "./probe-form";
import { checkRequest, problemsByField } from "./use-check";

const problem = (field: string, message: string, position: number | null = null) => ({
  field,
  message,
  position,
});

test("a problem is told at its input: that of the check, else that of the last save", () => {
  const fields = [{ path: "/where/line", message: "too large" }];
  const refused = new ApiError(422, "invalid", "", fields);
  const problems = [problem("/tags/1", "no colon")];
  expect(problemAt({ problems, refused }, "/tags")).toBe("no colon");
  expect(problemAt({ problems, refused }, "/where/line")).toBe("too large");
  expect(problemAt({ problems, refused }, "/service")).toBeNull();
});

test("what has no input of its own is told below the form", () => {
  const problems = [problem("/where", "a"), problem("/tags/0", "b"), problem("condition", "c")];
  expect(otherProblems(problems).map(({ message }) => message)).toEqual(["a"]);
});

test("of two problems about a text the one that knows the place is kept", () => {
  const problems = [problem("condition", "write ==", 2), problem("/condition", "at character 3")];
  expect(problemsByField(problems)).toEqual([problem("condition", "write ==", 2)]);
  expect(problemsByField([problem("/condition", "is redacted")])).toEqual([
    problem("condition", "is redacted"),
  ]);
});

test("texts are checked as they are written, the whole once nothing is missing", () => {
  const form: ProbeForm = { ...NEW_PROBE, language: "python", condition: "a >", metricValue: "x" };
  const nothing = { template: null, metric_value: null, probe: null };
  expect(checkRequest(form, 0)).toEqual({ ...nothing, condition: "a >", language: "python" });
  const whole: ProbeForm = { ...form, service: "order", file: "a.py", line: 1 };
  expect(checkRequest(whole, 0).probe).toMatchObject({ service: "order", condition: "a >" });
});
