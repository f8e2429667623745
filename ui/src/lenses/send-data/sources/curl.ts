import type { SnippetSettings, Source } from "./source";

function command({ endpoint, key }: SnippetSettings): string {
  const authorization = key === null ? "" : `\n  -H "authorization: Bearer ${key}" \\`;
  return `now=$(date +%s)
curl -i ${endpoint}/v1/traces \\${authorization}
  -H "content-type: application/json" \\
  -d @- <<END
{"resourceSpans": [{
  "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "hello"}}]},
  "scopeSpans": [{"spans": [{
    "traceId": "$(openssl rand -hex 16)",
    "spanId": "$(openssl rand -hex 8)",
    "name": "first span",
    "kind": 2,
    "startTimeUnixNano": "\${now}000000000",
    "endTimeUnixNano": "\${now}120000000"
  }]}]
}]}
END`;
}

export const curl: Source = {
  id: "curl",
  name: "curl",
  target: "otlp_http",
  steps: (settings) => [{ text: "send_span", code: command(settings) }],
};
