/** Rules to start from. */
import type { Rule } from "./pipeline-model";

interface Template {
  key:
    | "drop_health"
    | "drop_debug"
    | "redact"
    | "sample"
    | "quota"
    | "parse_json"
    | "parse_logfmt"
    | "parse_grok"
    | "remap"
    | "retain"
    | "metric";
  rule: Rule;
}

export const TEMPLATES: readonly Template[] = [
  {
    key: "drop_health",
    rule: { name: "health checks", match: '"/healthz" OR "/readyz"', action: "drop" },
  },
  { key: "drop_debug", rule: { name: "debug", match: "status:(debug OR trace)", action: "drop" } },
  {
    key: "redact",
    rule: {
      name: "personal data",
      action: "redact",
      kinds: ["credit_card", "resident_registration_number", "email", "bearer_token", "password"],
    },
  },
  {
    key: "sample",
    rule: {
      name: "one of ten",
      match: "status:info",
      action: "sample",
      keep_percent: 10,
      by: "trace_id",
    },
  },
  {
    key: "quota",
    rule: { name: "daily quota", action: "quota", bytes_per_day: "50GB", by: "service" },
  },
  { key: "parse_json", rule: { name: "JSON", action: "parse", format: "json" } },
  { key: "parse_logfmt", rule: { name: "logfmt", action: "parse", format: "logfmt" } },
  {
    key: "parse_grok",
    rule: {
      name: "access log",
      action: "parse",
      format: "grok",
      pattern: "%{IPORHOST:client} %{WORD:method} %{URIPATHPARAM:path} %{NUMBER:code}",
    },
  },
  {
    key: "remap",
    rule: { name: "names", action: "remap", rename: { "@lvl": "@level" }, remove: ["@debug_info"] },
  },
  { key: "retain", rule: { name: "three days", match: "status:info", action: "retain", days: 3 } },
  {
    key: "metric",
    rule: {
      name: "errors by service",
      match: "status:error",
      action: "metric",
      metric: "logs.errors",
      kind: "count",
      group_by: ["service"],
    },
  },
];
