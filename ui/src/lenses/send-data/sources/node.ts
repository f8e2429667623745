import { type Source, variables } from "./source";

export const node: Source = {
  id: "node",
  name: "Node.js",
  target: "otlp_http",
  steps: (settings) => [
    {
      text: "install",
      code: "npm install @opentelemetry/api @opentelemetry/auto-instrumentations-node",
    },
    {
      text: "set",
      code: variables(settings, [
        "export OTEL_METRICS_EXPORTER=otlp",
        "export OTEL_LOGS_EXPORTER=otlp",
      ]),
    },
    {
      text: "run",
      code: "node --require @opentelemetry/auto-instrumentations-node/register app.js",
    },
  ],
};
