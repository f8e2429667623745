/** What the pages of live probes ask, and what they write. */
import { keepPreviousData, queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/api/client";
import { queryClient } from "@/api/queries";
import { resolveTimeRange, type TimeRangeSetting } from "@/shell/time-range";

export type Probes = Schemas["Probes"];
export type ProbeService = Schemas["ProbeService"];
export type ProbeClient = Schemas["ProbeClient"];
export type ProbeRow = Schemas["ProbeRow"];
export type ProbeSnapshots = Schemas["ProbeSnapshots"];
export type ProbeSnapshot = Schemas["ProbeSnapshot"];
export type ProbeFrame = Schemas["ProbeFrame"];
export type ProbeProblem = Schemas["ProbeProblem"];
export type ProbeCheckRequest = Schemas["ProbeCheckRequest"];

export const PROBE_KIND = "live-probe";
export const SERVICE_KIND = "live-probe-service";
const PROBES = "probes";
/** A client asks for its probes every few seconds; then it says what became of them. */
const POLL_MS = 5000;

type Document = Schemas["Document"];
type Body = Record<string, unknown>;

/** Without the moment of asking: what is shown is asked again by itself. */
export interface Scope {
  range: TimeRangeSetting;
  /** Changes when somebody asks for the page again. */
  refreshedAtMs: number;
  environment: string | undefined;
}

/** A range that ends now follows the clock, so that what comes in is seen. */
function parametersOf({ range, refreshedAtMs, environment }: Scope) {
  const nowMs = Math.max(refreshedAtMs, Date.now());
  const { fromMs, toMs } = resolveTimeRange(range, nowMs);
  return {
    from_ms: Math.round(fromMs),
    to_ms: Math.round(toMs),
    ...(environment === undefined ? {} : { environment }),
  };
}

export function probesQuery(scope: Scope) {
  return queryOptions({
    queryKey: [PROBES, "list", scope],
    placeholderData: keepPreviousData,
    refetchInterval: POLL_MS,
    queryFn: ({ signal }) =>
      answer(api.GET("/api/v1/probes", { params: { query: parametersOf(scope) }, signal })),
  });
}

export function snapshotsQuery(scope: Scope, id: string, limit: number) {
  return queryOptions({
    queryKey: [PROBES, "snapshots", id, scope, limit],
    placeholderData: keepPreviousData,
    refetchInterval: scope.range.kind === "relative" ? POLL_MS : false,
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/probes/{id}/snapshots", {
          params: { path: { id }, query: { ...parametersOf(scope), limit } },
          signal,
        }),
      ),
  });
}

/** One that its client gave no id is known by when it was taken. */
export function snapshotKey({ snapshot_id, time_ms }: ProbeSnapshot): string {
  return snapshot_id ?? String(time_ms);
}

/** Nothing is asked while nothing is written. */
export function checkQuery(request: ProbeCheckRequest) {
  const { condition, template, metric_value, probe } = request;
  return queryOptions({
    queryKey: [PROBES, "check", request],
    placeholderData: keepPreviousData,
    staleTime: Number.POSITIVE_INFINITY,
    enabled: [condition, template, metric_value, probe].some((it) => it !== null),
    queryFn: ({ signal }) => answer(api.POST("/api/v1/probes/check", { body: request, signal })),
  });
}

export async function putDocument(
  kind: string,
  id: string,
  body: Body,
  expectedRevision: number,
): Promise<Document> {
  const request = { body, expected_revision: expectedRevision };
  return answer(
    api.PUT("/api/v1/documents/{kind}/{id}", { params: { path: { kind, id } }, body: request }),
  );
}

export async function deleteProbe(id: string, revision: number): Promise<void> {
  const query = { expected_revision: revision };
  await answer(
    api.DELETE("/api/v1/documents/{kind}/{id}", {
      params: { path: { kind: PROBE_KIND, id }, query },
    }),
  );
}

/** Lists, documents, and what clients are told. */
export async function probesChanged(): Promise<void> {
  const prefixes = ["documents", "document", PROBES];
  await queryClient.invalidateQueries({
    predicate: (query) => prefixes.includes(String(query.queryKey[0])),
  });
}
