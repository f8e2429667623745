/** Answers of the catalog as tests of its pages need them. */
import type { CatalogEntry, CatalogService, Finding, Hygiene } from "./catalog-api";
import { RULES } from "./catalog-search";
import { unknownService } from "./service/unknown-service";

const FIGURES = {
  requests: 1200,
  errors: 24,
  error_percent: 2,
  rate_per_second: 0.333,
  p50_ms: 12,
  p95_ms: 45,
  p99_ms: null,
  max_ms: 900,
  total_ms: 30_000,
};

export const service = (name: string, more: Partial<CatalogService> = {}): CatalogService => ({
  ...unknownService(name),
  seen: true,
  signals: ["spans", "logs"],
  figures: FIGURES,
  last_seen_ms: Date.now(),
  ...more,
});
export const declared = (name: string, more: Partial<CatalogService> = {}) =>
  service(name, {
    declared: true,
    document_id: "order",
    document_revision: 3,
    schema_version: "v3",
    team: "commerce",
    ...more,
  });
export const finding = (rule: Finding["rule"], more: Partial<Finding> = {}): Finding => ({
  rule,
  level: "must",
  subject_kind: "service",
  subject: "order",
  team: "commerce",
  related: [],
  likeness: null,
  share_percent: 25,
  rows: 1234,
  last_seen_ms: Date.UTC(2026, 10, 21),
  where_to_fix: "tracer",
  ...more,
});
export const entry = (of: CatalogService, more: Partial<CatalogEntry> = {}): CatalogEntry => ({
  service: of,
  definition: of.declared ? {} : null,
  definition_yaml: of.declared ? "metadata:\n  name: order\n" : null,
  findings: [],
  depends_on: [],
  dependency_of: [],
  hosts: [],
  ...more,
});
export const catalog = (services: CatalogService[]) => ({
  services,
  teams: ["commerce", "payments"],
  declared: services.filter((it) => it.declared).length,
  undeclared: services.filter((it) => !it.declared).length,
  unseen: services.filter((it) => !it.seen).length,
  counted_from_ms: 0,
  truncated: false,
});

export function hygiene(findings: Finding[]): Hygiene {
  return {
    findings,
    rules: RULES.map((rule) => {
      const broken = findings.filter((it) => it.rule === rule).length;
      return { rule, findings: broken, subjects_checked: 8, passed_percent: 100 - 12.5 * broken };
    }),
    services_checked: 8,
    hosts_checked: 2,
    counted_from_ms: 0,
    truncated: false,
  };
}
