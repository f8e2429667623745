/** Sources of bills: documents that say where a bill lies and how often to look. */
import { queryOptions } from "@tanstack/react-query";
import { answer, api, type Schemas } from "@/api/client";
import { deleteDocument, putDocument } from "@/api/documents";
import { queryClient } from "@/api/queries";
import { COST } from "../cost-api";

export const SOURCE_KIND = "cost-source";
export const INTERVALS = ["1h", "3h", "6h", "12h", "24h"] as const;

/** What the fields of a form show while they are empty. */
export const URL_EXAMPLE = "s3://finance-exports/cur/";
export const REGION_EXAMPLE = "ap-northeast-2";
export const ENDPOINT_EXAMPLE = "https://s3.example.com";

type Document = Schemas["Document"];

/** What a form of a source holds: all as text, as it is typed. */
export interface SourceForm {
  name: string;
  url: string;
  every: string;
  enabled: boolean;
  account: string;
  currency: string;
  endpoint: string;
  region: string;
  credentials: "ambient" | "profile" | "environment";
  profile: string;
  accessKeyEnv: string;
  secretKeyEnv: string;
}

export const NEW_SOURCE: SourceForm = {
  name: "",
  url: "",
  every: "6h",
  enabled: true,
  account: "",
  currency: "",
  endpoint: "",
  region: "",
  credentials: "ambient",
  profile: "",
  accessKeyEnv: "AWS_ACCESS_KEY_ID",
  secretKeyEnv: "AWS_SECRET_ACCESS_KEY",
};

export function sourceDocumentsQuery() {
  return queryOptions({
    queryKey: ["documents", SOURCE_KIND],
    queryFn: ({ signal }): Promise<Document[]> => {
      const query = { kind: SOURCE_KIND, deleted: false };
      return answer(api.GET("/api/v1/documents", { params: { query }, signal }));
    },
  });
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

export function readSource(body: unknown): SourceForm {
  const raw = (typeof body === "object" && body !== null ? body : {}) as Record<string, unknown>;
  const credentials = (raw["credentials"] ?? {}) as Record<string, unknown>;
  const profile = textOf(credentials["profile"]);
  const accessKeyEnv = textOf(credentials["access_key_env"]);
  const kind = profile !== "" ? "profile" : accessKeyEnv !== "" ? "environment" : "ambient";
  return {
    name: textOf(raw["name"]),
    url: textOf(raw["url"]),
    every: textOf(raw["every"]) || NEW_SOURCE.every,
    enabled: raw["enabled"] !== false,
    account: textOf(raw["account"]),
    currency: textOf(raw["currency"]),
    endpoint: textOf(raw["endpoint"]),
    region: textOf(raw["region"]),
    credentials: kind,
    profile,
    accessKeyEnv: accessKeyEnv || NEW_SOURCE.accessKeyEnv,
    secretKeyEnv: textOf(credentials["secret_key_env"]) || NEW_SOURCE.secretKeyEnv,
  };
}

export function isBucket(url: string): boolean {
  return url.trim().startsWith("s3://");
}

/** The document; what the form does not know is kept as it was. */
export function sourceBody(form: SourceForm, before: unknown): Record<string, unknown> {
  const known = { name: form.name.trim(), url: form.url.trim(), every: form.every };
  const optional = {
    account: form.account.trim(),
    currency: form.currency.trim().toUpperCase(),
    endpoint: isBucket(form.url) ? form.endpoint.trim() : "",
    region: isBucket(form.url) ? form.region.trim() : "",
  };
  const body: Record<string, unknown> = {
    ...(before as Record<string, unknown>),
    ...known,
    enabled: form.enabled,
  };
  for (const [name, value] of Object.entries(optional)) {
    body[name] = value;
    if (value === "") {
      delete body[name];
    }
  }
  delete body["credentials"];
  const credentials = credentialsOf(form);
  return credentials === undefined ? body : { ...body, credentials };
}

/** Names of variables and profiles only: secrets never go into a document. */
function credentialsOf(form: SourceForm): Record<string, string> | undefined {
  if (!isBucket(form.url) || form.credentials === "ambient") {
    return undefined;
  }
  return form.credentials === "profile"
    ? { profile: form.profile.trim() }
    : { access_key_env: form.accessKeyEnv.trim(), secret_key_env: form.secretKeyEnv.trim() };
}

/** An id of a document from the name of a source. */
export function sourceId(name: string): string {
  const id = name
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return id === "" ? `source-${Date.now().toString(36)}` : id.slice(0, 60);
}

export interface SourceWrite {
  id: string;
  body: Record<string, unknown>;
  expectedRevision: number;
}

export async function saveSource({ id, body, expectedRevision }: SourceWrite): Promise<void> {
  await putDocument(SOURCE_KIND, id, body, expectedRevision);
  await sourcesChanged();
}

export async function deleteSource(document: Document): Promise<void> {
  await deleteDocument(document);
  await sourcesChanged();
}

async function sourcesChanged(): Promise<void> {
  await queryClient.invalidateQueries({
    predicate: ({ queryKey }) => ["documents", "document", COST].includes(String(queryKey[0])),
  });
}
