/** The tracers by language, installed and run as their own guides say. */
import { tracer } from "./tracer";

const DOTNET = `export CORECLR_ENABLE_PROFILING=1
export CORECLR_PROFILER={846F5F1C-F9AE-4B07-969E-05C26BC060D8}
export CORECLR_PROFILER_PATH=$PWD/datadog/linux-x64/Datadog.Trace.ClrProfiler.Native.so
export DD_DOTNET_TRACER_HOME=$PWD/datadog`;

const PHP =
  "curl -LO https://github.com/DataDog/dd-trace-php/releases/latest/download/datadog-setup.php";

export const TRACERS = [
  tracer({
    id: "python",
    name: "Python",
    install: "pip install ddtrace",
    run: "ddtrace-run python app.py",
  }),
  tracer({
    id: "node",
    name: "Node.js",
    install: "npm install dd-trace",
    run: "node --require dd-trace/init app.js",
  }),
  tracer({
    id: "java",
    name: "Java",
    install: "curl -Lo dd-java-agent.jar https://dtdg.co/latest-java-tracer",
    run: "java -javaagent:dd-java-agent.jar -jar app.jar",
  }),
  tracer({
    id: "go",
    name: "Go",
    install: "go install github.com/DataDog/orchestrion@latest\norchestrion pin",
    run: "orchestrion go run .",
    // Its probes are set by an agent beside the program, not by the tracer in it.
    hasProbes: false,
  }),
  tracer({
    id: "dotnet",
    name: ".NET",
    install: `dotnet add package Datadog.Trace.Bundle\n${DOTNET}`,
    run: "dotnet app.dll",
  }),
  tracer({
    id: "ruby",
    name: "Ruby",
    install: "bundle add datadog --require datadog/auto_instrument",
    run: "bundle exec rails server",
  }),
  tracer({
    id: "php",
    name: "PHP",
    install: `${PHP}\nphp datadog-setup.php --php-bin=all`,
    run: "php -S 0.0.0.0:8080 -t public",
  }),
] as const;
