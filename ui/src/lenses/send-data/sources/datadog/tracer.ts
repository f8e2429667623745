/** Datadog's tracers: one variable leads all that they send to Hannun. */
import {
  hostPort,
  listenBesideStep,
  type SnippetSettings,
  type Source,
  type Step,
} from "../source";

interface Tracer {
  /** After `dd-`, in the address of the page. */
  id: string;
  name: string;
  /** For a program that has no tracer yet. */
  install: string;
  run: string;
  /** Whether probes can be put into the running program. */
  hasProbes?: boolean;
}

const NAMES = "export DD_SERVICE=order\nexport DD_ENV=prod\nexport DD_VERSION=1.0.0";
const PROBES = "export DD_DYNAMIC_INSTRUMENTATION_ENABLED=true";
const VARIABLE = "export DD_TRACE_AGENT_URL=";

function socketStep({ datadogSocket }: SnippetSettings): Step[] {
  return datadogSocket === null
    ? []
    : [{ text: "set_socket", code: `${VARIABLE}unix://${datadogSocket}` }];
}

export function tracer({ id, name, install, run, hasProbes = true }: Tracer): Source {
  return {
    id: `dd-${id}`,
    name,
    target: "datadog",
    admits: "network",
    steps: (settings) => [
      ...listenBesideStep(settings.datadog),
      { text: "one_variable", code: `${VARIABLE}http://${hostPort(settings.datadog)}` },
      ...socketStep(settings),
      { text: "name_service", code: NAMES },
      ...(hasProbes ? [{ text: "probes" as const, code: PROBES }] : []),
      { text: "install", code: install },
      { text: "run", code: run },
    ],
  };
}
