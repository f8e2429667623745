import type { SnippetSettings, Source } from "./source";

function configuration({ endpoint, key }: SnippetSettings): string {
  const headers = key === null ? "" : `\n    headers:\n      authorization: "Bearer ${key}"`;
  return `receivers:
  otlp:
    protocols:
      grpc:
        endpoint: 0.0.0.0:14317
      http:
        endpoint: 0.0.0.0:14318
processors:
  batch:
exporters:
  otlphttp/hannun:
    endpoint: ${endpoint}
    compression: zstd${headers}
service:
  pipelines:
    traces:  {receivers: [otlp], processors: [batch], exporters: [otlphttp/hannun]}
    metrics: {receivers: [otlp], processors: [batch], exporters: [otlphttp/hannun]}
    logs:    {receivers: [otlp], processors: [batch], exporters: [otlphttp/hannun]}`;
}

export const collector: Source = {
  id: "collector",
  name: "OpenTelemetry Collector",
  target: "otlp_http",
  steps: (settings) => [
    { text: "configure", file: "config.yaml", code: configuration(settings) },
    { text: "run", code: "otelcol-contrib --config config.yaml" },
  ],
};
