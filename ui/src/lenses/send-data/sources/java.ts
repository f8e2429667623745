import { type Source, variables } from "./source";

export const java: Source = {
  id: "java",
  name: "Java",
  target: "otlp_http",
  steps: (settings) => [
    {
      text: "download",
      code: "curl -LO https://github.com/open-telemetry/opentelemetry-java-instrumentation/releases/latest/download/opentelemetry-javaagent.jar",
    },
    { text: "set", code: variables(settings) },
    { text: "run", code: "java -javaagent:opentelemetry-javaagent.jar -jar app.jar" },
  ],
};
