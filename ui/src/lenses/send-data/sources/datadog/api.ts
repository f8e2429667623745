/** Clients of Datadog's own API: forwarders, Vector, scripts. */
import type { SnippetSettings, Source } from "../source";

const PATH = "/datadog";
const ANY_KEY = "local";

function header({ key }: SnippetSettings): string {
  return key === null ? "" : ` \\\n  -H "DD-API-KEY: ${key}"`;
}

function metric(settings: SnippetSettings): string {
  return `curl '${settings.main}${PATH}/api/v2/series'${header(settings)} \\
  -H "content-type: application/json" \\
  -d '{"series": [{"metric": "hello.count", "type": 1, "interval": 10,
    "points": [{"timestamp": '$(date +%s)', "value": 1}], "tags": ["service:hello"]}]}'`;
}

function log(settings: SnippetSettings): string {
  return `curl '${settings.main}${PATH}/api/v2/logs'${header(settings)} \\
  -H "content-type: application/json" \\
  -d '[{"message": "first record", "service": "hello", "ddsource": "curl", "ddtags": "env:prod"}]'`;
}

function vector({ main, key }: SnippetSettings): string {
  return `sinks:
  hannun:
    type: datadog_logs
    inputs: [app]
    endpoint: "${main}${PATH}"
    default_api_key: "${key ?? ANY_KEY}"
    compression: gzip`;
}

export const datadogApi: Source = {
  id: "datadog-api",
  name: "Datadog API (Vector)",
  target: "http",
  steps: (settings) => [
    { text: "send_log", code: log(settings) },
    { text: "send_metric", code: metric(settings) },
    { text: "configure_other", file: "vector.yaml", code: vector(settings) },
  ],
};
