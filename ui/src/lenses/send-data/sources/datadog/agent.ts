/** An agent that goes on sending to Datadog and sends the same to Hannun: a trial without a risk. */
import { hostPort, listenBesideStep, type SnippetSettings, type Source } from "../source";

/** An agent sends no request without a key; on the same machine any will do. */
const ANY_KEY = "local";

/** Logs are not held back when Hannun does not answer: `is_reliable` is off. */
function configuration({ datadog, key }: SnippetSettings): string {
  const address = `http://${hostPort(datadog)}`;
  const sent = key ?? ANY_KEY;
  return `# metrics, events and service checks
additional_endpoints:
  "${address}": ["${sent}"]
apm_config:
  # traces and statistics
  additional_endpoints:
    "${address}": ["${sent}"]
  profiling_additional_endpoints:
    "${address}/api/v2/profile": ["${sent}"]
logs_config:
  force_use_http: true
  additional_endpoints:
    - api_key: "${sent}"
      host: "${datadog.host}"
      port: ${datadog.port}
      use_ssl: false
      is_reliable: false`;
}

export const datadogAgent: Source = {
  id: "datadog-agent",
  name: "Datadog Agent",
  target: "datadog",
  steps: (settings) => [
    ...listenBesideStep(settings.datadog),
    { text: "beside", file: "datadog.yaml", code: configuration(settings) },
    { text: "restart_agent", code: "sudo systemctl restart datadog-agent" },
  ],
};
