/** What a way of sending data has to give: a file beside this one, listed in `index.ts`. */
import type { Target } from "../endpoints";

export interface SnippetSettings {
  /** OTLP over HTTP, without `/v1/…`. */
  endpoint: string;
  /** Where every other intake over HTTP has its path. */
  main: string;
  fluent: Listener;
  syslogTcp: Listener;
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
  | "pipe_output";

export interface Source {
  id: string;
  /** A product name, the same in every language. */
  name: string;
  target: Target;
  steps: (settings: SnippetSettings) => Step[];
}

/** For a listener that is off: how to start it. */
export function listenStep({ startWith }: Listener): Step[] {
  return startWith === null ? [] : [{ text: "listen", code: startWith }];
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
