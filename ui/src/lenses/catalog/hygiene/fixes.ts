/**
 * What to set, and where, so that a finding goes away. The settings of Datadog's libraries and agent
 * are those of unified service tagging, https://docs.datadoghq.com/getting_started/tagging/unified_service_tagging/;
 * those of OpenTelemetry are in its resource SDK and its environment variables.
 */
import type { Finding } from "../catalog-api";
import { scalar } from "../definition/definition-text";

/** Who reads the setting. */
export type FixPlace =
  | "datadog_library"
  | "datadog_agent"
  | "otel_sdk"
  | "otel_collector"
  | "definition";

export interface Fix {
  place: FixPlace;
  /** The name of the setting, as it is searched for. */
  setting: string;
  /** What to write; values in it are examples, except names of services. */
  code: string;
}

type About = Pick<Finding, "rule" | "where_to_fix" | "subject" | "related">;

const ENVIRONMENT = "production";
const VERSION = "1.4.2";

const ENVIRONMENT_FIXES = {
  library: { place: "datadog_library", setting: "DD_ENV", code: `DD_ENV=${ENVIRONMENT}` },
  agent: { place: "datadog_agent", setting: "env:", code: `env: ${ENVIRONMENT}` },
  sdk: {
    place: "otel_sdk",
    setting: "OTEL_RESOURCE_ATTRIBUTES",
    code: `OTEL_RESOURCE_ATTRIBUTES=deployment.environment.name=${ENVIRONMENT}`,
  },
  collector: {
    place: "otel_collector",
    setting: "processors.resource",
    code: `processors:
  resource:
    attributes:
      - key: deployment.environment.name
        value: ${ENVIRONMENT}
        action: upsert`,
  },
} as const satisfies Record<string, Fix>;

const VERSION_FIXES: readonly Fix[] = [
  { place: "datadog_library", setting: "DD_VERSION", code: `DD_VERSION=${VERSION}` },
  {
    place: "otel_sdk",
    setting: "OTEL_RESOURCE_ATTRIBUTES",
    code: `OTEL_RESOURCE_ATTRIBUTES=service.version=${VERSION}`,
  },
];

/** What fixes a finding, the likeliest first; one of them is enough. */
export function fixesOf(finding: About): Fix[] {
  const { library, agent, sdk, collector } = ENVIRONMENT_FIXES;
  switch (finding.rule) {
    case "environment_missing":
    case "environment_none":
    case "host_environment_missing":
    case "host_environment_mixed":
      return whereItIsSent(finding, [library, agent, sdk, collector]);
    case "version_missing":
      return whereItIsSent(finding, VERSION_FIXES);
    case "near_duplicate_name":
      return whereItIsSent(finding, nameFixes(finding));
    case "undeclared":
    case "owner_missing":
    case "contact_missing":
    case "unseen":
      return [{ place: "definition", ...DEFINITION_FIXES[finding.rule](scalar(finding.subject)) }];
  }
}

/** Who reads settings where telemetry is sent from, those that are asked first at the front. */
const PLACES_OF: Readonly<Record<Finding["where_to_fix"], readonly FixPlace[]>> = {
  tracer: ["datadog_library", "datadog_agent"],
  agent: ["datadog_agent", "datadog_library"],
  sender: ["otel_sdk", "otel_collector"],
  definition: ["definition"],
};

function whereItIsSent({ where_to_fix }: About, fixes: readonly Fix[]): Fix[] {
  const places = PLACES_OF[where_to_fix];
  return places.flatMap((place) => fixes.filter((it) => it.place === place));
}

function nameFixes({ subject, related }: About): Fix[] {
  const name = shellWord(related[0] ?? subject);
  return [
    { place: "datadog_library", setting: "DD_SERVICE", code: `DD_SERVICE=${name}` },
    { place: "otel_sdk", setting: "OTEL_SERVICE_NAME", code: `OTEL_SERVICE_NAME=${name}` },
  ];
}

/** The lines that a definition lacks, in the newest version of the schema. */
const DEFINITION_FIXES = {
  undeclared: (name: string) => ({
    setting: "metadata.name",
    code: `apiVersion: v3
kind: service
metadata:
  name: ${name}
  owner: my-team`,
  }),
  owner_missing: () => ({ setting: "metadata.owner", code: "metadata:\n  owner: my-team" }),
  unseen: (name: string) => ({ setting: "metadata.name", code: `metadata:\n  name: ${name}` }),
  contact_missing: () => ({
    setting: "metadata.contacts",
    code: `metadata:
  contacts:
    - type: email
      contact: on-call@example.com`,
  }),
};

/** Names come from telemetry; what a shell would read otherwise is quoted. */
function shellWord(text: string): string {
  return /^[\w.:/@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}
