/** What a way of sending data has to give: a file beside this one, listed in `index.ts`. */
export interface SnippetSettings {
  /** OTLP over HTTP, without `/v1/…`. */
  endpoint: string;
  /** Null when data come from the same machine. */
  key: string | null;
}

export interface Step {
  /** A key under `step.` in `send-data.json`. */
  text: StepText;
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
  | "send_span";

export interface Source {
  id: string;
  /** A product name, the same in every language. */
  name: string;
  steps: (settings: SnippetSettings) => Step[];
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
