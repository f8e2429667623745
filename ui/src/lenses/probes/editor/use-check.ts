/** Has conditions, messages and values checked while they are written. */
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { checkQuery, type ProbeCheckRequest, type ProbeProblem } from "../probes-api";
import { bodyOfForm, missingFields, type ProbeForm } from "./probe-form";

const TYPING_MS = 350;

/** What is written for `field`, by its name or its place in the document. */
const PLACES: Readonly<Record<string, string>> = {
  "/condition": "condition",
  "/template": "template",
  "/metric/value": "metric_value",
};

/** `nowMs` decides when a probe that is checked as a whole would end. */
export function checkRequest(form: ProbeForm, nowMs: number): ProbeCheckRequest {
  const { condition, type, template, metricValue, language } = form;
  const written = (text: string) => (text.trim() === "" ? null : text);
  return {
    condition: written(condition),
    template: type === "log" ? written(template) : null,
    metric_value: type === "metric" ? written(metricValue) : null,
    language: language === "" ? null : language,
    probe: missingFields(form, nowMs).length > 0 ? null : bodyOfForm(form, nowMs),
  };
}

/** Of several about a text, the first knows the place. */
export function problemsByField(problems: readonly ProbeProblem[]): ProbeProblem[] {
  const found = new Map<string, ProbeProblem>();
  for (const problem of problems) {
    const field = PLACES[problem.field] ?? problem.field;
    if (!found.has(field)) {
      found.set(field, { ...problem, field });
    }
  }
  return [...found.values()];
}

export interface Checked {
  /** Of the text that is written now: an answer about an earlier one says nothing. */
  problems: readonly ProbeProblem[];
  isChecking: boolean;
}

const NOTHING: readonly ProbeProblem[] = [];

export function useCheck(form: ProbeForm): Checked {
  // The clock is in the question, so it is asked anew only when something else in it is.
  const text = useMemo(() => JSON.stringify(checkRequest(form, Date.now())), [form]);
  const [settled] = useDebouncedValue(text, TYPING_MS);
  const request = useMemo(() => JSON.parse(settled) as ProbeCheckRequest, [settled]);
  const query = useQuery(checkQuery(request));
  const isCurrent = settled === text && !query.isPlaceholderData;
  return {
    problems: useMemo(
      () => (isCurrent ? problemsByField(query.data?.problems ?? []) : NOTHING),
      [isCurrent, query.data],
    ),
    isChecking: !isCurrent || query.isFetching,
  };
}
