/** All ways of sending data, in the order of the tabs. A new one is a file and a line here. */
import { collector } from "./collector";
import { curl } from "./curl";
import { datadogAgent } from "./datadog/agent";
import { datadogApi } from "./datadog/api";
import { dogstatsd } from "./datadog/dogstatsd";
import { TRACERS } from "./datadog/tracers";
import { elasticsearch } from "./elasticsearch";
import { fluentBit } from "./fluent-bit";
import { go } from "./go";
import { java } from "./java";
import { jsonLines } from "./json-lines";
import { loki } from "./loki";
import { node } from "./node";
import { python } from "./python";
import { rsyslog } from "./rsyslog";
import { rust } from "./rust";
import type { Source } from "./source";
import { tail } from "./tail";

const OPEN_TELEMETRY: readonly Source[] = [java, python, node, go, rust, collector, curl];
const LOGS: readonly Source[] = [fluentBit, loki, elasticsearch, rsyslog, jsonLines, tail];

const DATADOG: readonly Source[] = [...TRACERS, dogstatsd, datadogAgent, datadogApi];

/** `name` is a key under `group.` in `send-data.json`. */
export const SOURCE_GROUPS = [
  { name: "open_telemetry", sources: OPEN_TELEMETRY },
  { name: "datadog", sources: DATADOG },
  { name: "logs", sources: LOGS },
] as const;

export const SOURCES: readonly Source[] = SOURCE_GROUPS.flatMap(({ sources }) => sources);

/** Logs are looked at where logs are, everything else by its service. */
export function isOfLogs(source: Source | undefined): boolean {
  return source !== undefined && LOGS.includes(source);
}
