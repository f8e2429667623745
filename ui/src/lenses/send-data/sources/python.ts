import { type Source, variables } from "./source";

export const python: Source = {
  id: "python",
  name: "Python",
  target: "otlp_http",
  steps: (settings) => [
    {
      text: "install",
      code: "pip install opentelemetry-distro opentelemetry-exporter-otlp\nopentelemetry-bootstrap -a install",
    },
    {
      text: "set",
      code: variables(settings, ["export OTEL_PYTHON_LOGGING_AUTO_INSTRUMENTATION_ENABLED=true"]),
    },
    { text: "run", code: "opentelemetry-instrument python app.py" },
  ],
};
