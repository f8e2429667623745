/** What a way of sending data has to give: a file beside this one, listed in `index.ts`. */
import type { Target } from "../endpoints";

export interface SnippetSettings {
  /** OTLP over HTTP, without `/v1/…`. */
  endpoint: string;
  /** Where every other intake over HTTP has its path. */
  main: string;
  fluent: Listener;
  syslogTcp: Listener;
  datadog: Listener;
  dogstatsd: Listener;
  /** Paths of Unix sockets; null when they are off, and from another machine. */
  datadogSocket: string | null;
  dogstatsdSocket: string | null;
  /** Null when data come from the same machine. */
  key: string | null;
}

/** A listener that is not HTTP. */
export interface Listener {
  host: string;
  port: string;
  /** The option that starts it; null when it is on. */
  startWith: string | null;
}

export interface Step {
  /** A key under `step.` in `send-data.json`. */
  text: StepText;
  /** The file that the text speaks of. */
  file?: string;
  code: string;
}

export type StepText =
  | "download"
  | "install"
  | "set"
  | "run"
  | "add_dependencies"
  | "start_in_code"
  | "configure"
  | "configure_other"
  | "listen"
  | "send_span"
  | "send_record"
  | "send_file"
  | "follow_file"
  | "pipe_output"
  | "one_variable"
  | "set_socket"
  | "name_service"
  | "probes"
  | "beside"
  | "restart_agent"
  | "send_metric"
  | "send_log"
  | "in_code"
  | "listen_beside";

export interface Source {
  id: string;
  /** A product name, the same in every language. */
  name: string;
  target: Target;
  /** Who may send from elsewhere: who has a key, unless it is said. */
  admits?: "network" | "anybody";
  steps: (settings: SnippetSettings) => Step[];
}

/** For a listener that is off: how to start it. */
export function listenStep({ startWith }: Listener): Step[] {
  return startWith === null ? [] : [{ text: "listen", code: startWith }];
}

/** The same where an agent of Datadog may have the usual port. */
export function listenBesideStep({ startWith }: Listener): Step[] {
  return startWith === null ? [] : [{ text: "listen_beside", code: startWith }];
}

/** `host:port`, with the brackets that an IPv6 address needs. */
export function hostPort({ host, port }: Pick<Listener, "host" | "port">): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Some senders take a port of their own when an address names none. */
export function withPort(address: string): string {
  const { protocol, host, port } = new URL(address);
  const usual = protocol === "https:" ? "443" : "80";
  return port === "" ? `${protocol}//${host}:${usual}` : `${protocol}//${host}`;
}

/** The variables that every OpenTelemetry SDK reads. */
export function variables(settings: SnippetSettings, more: readonly string[] = []): string {
  const lines = [
    "export OTEL_SERVICE_NAME=order",
    "export OTEL_RESOURCE_ATTRIBUTES=service.version=1.0.0,deployment.environment.name=prod",
    `export OTEL_EXPORTER_OTLP_ENDPOINT=${settings.endpoint}`,
    "export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
    ...more,
  ];
  if (settings.key !== null) {
    lines.push(`export OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20${settings.key}"`);
  }
  return lines.join("\n");
}
