/** A probe as a form, and as the body of its document. */
import { expiresAfter, expiryMs, LIFE_MINUTES_DEFAULT } from "../expiry";
import {
  abilitiesOf,
  knownLanguage,
  type Language,
  type Place,
  PROBE_TYPES,
  type ProbeType,
} from "../languages";

type Body = Record<string, unknown>;

export const METRIC_KINDS = ["count", "gauge", "histogram", "distribution"] as const;
export type MetricKind = (typeof METRIC_KINDS)[number];
export const LIMIT_NAMES = [
  "max_depth",
  "max_length",
  "max_collection_size",
  "max_fields",
] as const;
export type LimitName = (typeof LIMIT_NAMES)[number];
/** A number of the form; nothing leaves it to the server. */
export type OptionalNumber = number | "";

const ID_BYTES = 3;
const ID_LENGTH_MAX = 48;

export interface ProbeForm {
  service: string;
  environment: string;
  version: string;
  language: Language | "";
  type: ProbeType;
  place: Place;
  file: string;
  line: OptionalNumber;
  /** The class, module or package of the method. */
  container: string;
  method: string;
  evaluateAt: "entry" | "exit";
  condition: string;
  template: string;
  isSnapshot: boolean;
  snapshotsPerSecond: OptionalNumber;
  limits: Record<LimitName, OptionalNumber>;
  metricName: string;
  metricKind: MetricKind;
  metricValue: string;
  tags: string[];
  redact: string[];
  /** From the moment of saving; null keeps `expiresAt`. */
  lifeMinutes: number | null;
  expiresAt: string;
  isPaused: boolean;
}

const NO_LIMITS: ProbeForm["limits"] = {
  max_depth: "",
  max_length: "",
  max_collection_size: "",
  max_fields: "",
};

export const NEW_PROBE: ProbeForm = {
  service: "",
  environment: "",
  version: "",
  language: "",
  type: "log",
  place: "line",
  file: "",
  line: "",
  container: "",
  method: "",
  evaluateAt: "exit",
  condition: "",
  template: "",
  isSnapshot: true,
  snapshotsPerSecond: 1,
  limits: NO_LIMITS,
  metricName: "",
  metricKind: "count",
  metricValue: "",
  tags: [],
  redact: [],
  lifeMinutes: LIFE_MINUTES_DEFAULT,
  expiresAt: "",
  isPaused: false,
};

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function number(value: unknown): OptionalNumber {
  return typeof value === "number" && Number.isFinite(value) ? value : "";
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((it) => typeof it === "string") : [];
}

function part(value: unknown): Body {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Body)
    : {};
}

function limitsOf(capture: Body): ProbeForm["limits"] {
  const entries = LIMIT_NAMES.map((name) => [name, number(capture[name])] as const);
  return { ...NO_LIMITS, ...Object.fromEntries(entries) };
}

/** A module and a class are one name, as clients take them. */
function methodOf(where: Body, isPython: boolean): Pick<ProbeForm, "container" | "method"> {
  const [ofModule, ofClass] = [text(where["module"]), text(where["class"])];
  const method = text(where["method"]);
  if (ofModule === "" || ofClass === "") {
    return { container: ofModule || ofClass, method };
  }
  return isPython
    ? { container: ofModule, method: `${ofClass}.${method}` }
    : { container: `${ofModule}.${ofClass}`, method };
}

export function readProbe(body: Body): ProbeForm {
  const where = part(body["where"]);
  const metric = part(body["metric"]);
  return {
    service: text(body["service"]),
    environment: text(body["environment"]),
    version: text(body["version"]),
    language: knownLanguage(text(body["language"])) ?? "",
    type: PROBE_TYPES.find((it) => it === body["type"]) ?? "log",
    place: text(where["method"]) === "" ? "line" : "method",
    file: text(where["file"]),
    line: number(where["line"]),
    ...methodOf(where, body["language"] === "python"),
    evaluateAt: body["evaluate_at"] === "entry" ? "entry" : "exit",
    condition: text(body["condition"]),
    template: text(body["template"]),
    isSnapshot: body["capture_snapshot"] === true,
    snapshotsPerSecond: number(body["snapshots_per_second"]),
    limits: limitsOf(part(body["capture"])),
    metricName: text(metric["name"]),
    metricKind: METRIC_KINDS.find((it) => it === metric["kind"]) ?? "count",
    metricValue: text(metric["value"]),
    tags: texts(body["tags"]),
    redact: texts(body["redact"]),
    lifeMinutes: null,
    expiresAt: text(body["expires_at"]),
    isPaused: body["paused"] === true,
  };
}

/** The same probe once more: it lives from now on, and is not paused. */
export function copyOfProbe(body: Body): ProbeForm {
  return { ...readProbe(body), lifeMinutes: LIFE_MINUTES_DEFAULT, expiresAt: "", isPaused: false };
}

/** What cannot be asked of the language is changed to what can. */
export function possible(form: ProbeForm): ProbeForm {
  const { types } = abilitiesOf(form.language, form.type);
  const type = types.includes(form.type) ? form.type : (types[0] ?? "log");
  const { places } = abilitiesOf(form.language, type);
  const place = places.includes(form.place) ? form.place : (places[0] ?? "line");
  return { ...form, type, place };
}

/** Python has functions outside of classes: it names the module. */
function containerName(language: Language | ""): "module" | "class" {
  return language === "python" ? "module" : "class";
}

function whereOf(form: ProbeForm): Body {
  if (form.place === "line") {
    return { file: form.file.trim(), line: form.line };
  }
  return { [containerName(form.language)]: form.container.trim(), method: form.method.trim() };
}

function given(entries: Body): Body {
  const isGiven = (it: unknown) =>
    it !== "" && it !== undefined && !(Array.isArray(it) && it.length === 0);
  return Object.fromEntries(Object.entries(entries).filter(([, it]) => isGiven(it)));
}

function logParts({ template, isSnapshot, snapshotsPerSecond, limits }: ProbeForm): Body {
  const capture = isSnapshot ? given(limits) : {};
  return given({
    template: template.trim(),
    capture_snapshot: isSnapshot,
    snapshots_per_second: snapshotsPerSecond,
    capture: Object.keys(capture).length === 0 ? undefined : capture,
  });
}

function metricParts({ metricName, metricKind, metricValue }: ProbeForm): Body {
  const metric = given({ name: metricName.trim(), kind: metricKind, value: metricValue.trim() });
  return { metric };
}

function typeParts(form: ProbeForm): Body {
  return form.type === "log" ? logParts(form) : form.type === "metric" ? metricParts(form) : {};
}

/** Whether the moment at which a probe is evaluated can be chosen: a line has one only. */
export function hasMoment({ place, type }: Pick<ProbeForm, "place" | "type">): boolean {
  return place === "method" && type !== "span";
}

export function bodyOfForm(form: ProbeForm, nowMs: number): Body {
  const { lifeMinutes, expiresAt } = form;
  return {
    ...given({
      service: form.service.trim(),
      environment: form.environment.trim(),
      version: form.version.trim(),
      language: form.language,
      type: form.type,
      where: whereOf(form),
      evaluate_at: hasMoment(form) ? form.evaluateAt : undefined,
      condition: form.condition.trim(),
      ...typeParts(form),
      tags: form.tags,
      redact: form.redact,
      expires_at: lifeMinutes === null ? expiresAt : expiresAfter(lifeMinutes, nowMs),
    }),
    ...(form.isPaused ? { paused: true } : {}),
  };
}

export type MissingField =
  | "service"
  | "language"
  | "file"
  | "line"
  | "container"
  | "method"
  | "metric_name"
  | "metric_value"
  | "expiry";

/** What has to be filled in before the probe can be saved. */
export function missingFields(form: ProbeForm, nowMs: number): MissingField[] {
  const { place, lifeMinutes } = form;
  const isOver = lifeMinutes === null && (expiryMs(form.expiresAt) ?? 0) <= nowMs;
  const wanted: [MissingField, boolean][] = [
    ["service", form.service.trim() === ""],
    ["language", form.language === ""],
    ["file", place === "line" && form.file.trim() === ""],
    ["line", place === "line" && !(typeof form.line === "number" && form.line > 0)],
    ["container", place === "method" && form.container.trim() === ""],
    ["method", place === "method" && form.method.trim() === ""],
    ["metric_name", form.type === "metric" && form.metricName.trim() === ""],
    // What is only counted needs no value.
    [
      "metric_value",
      form.type === "metric" && form.metricKind !== "count" && form.metricValue.trim() === "",
    ],
    ["expiry", isOver],
  ];
  return wanted.filter(([, isMissing]) => isMissing).map(([name]) => name);
}

/** `shop/orders.py:17`, or `OrderService.place`. */
export function whereText(body: Body): string {
  const where = part(body["where"]);
  const { container, method } = methodOf(where, body["language"] === "python");
  if (method !== "") {
    return container === "" ? method : `${container}.${method}`;
  }
  const line = number(where["line"]);
  return line === "" ? text(where["file"]) : `${text(where["file"])}:${line}`;
}

/** A name for the address, in lower-case letters, digits and hyphens. */
export function newProbeId(form: ProbeForm): string {
  const named = `${form.service} ${form.place === "line" ? form.file : form.method}`;
  const words = named.toLowerCase().match(/[a-z0-9]+/g) ?? ["probe"];
  const bytes = crypto.getRandomValues(new Uint8Array(ID_BYTES));
  const unique = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return `${words.join("-").slice(0, ID_LENGTH_MAX)}-${unique}`;
}
