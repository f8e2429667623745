import type { SnippetSettings, Source } from "./source";

function command({ main, key }: SnippetSettings, parameters: string, body: string): string {
  const authorization = key === null ? "" : ` \\\n  -H "authorization: Bearer ${key}"`;
  return `curl '${main}/ingest/logs?${parameters}'${authorization} \\\n  --data-binary ${body}`;
}

export const jsonLines: Source = {
  id: "json-lines",
  name: "JSON lines",
  target: "http",
  steps: (settings) => [
    {
      text: "send_record",
      code: command(settings, "service=hello", `'{"level":"info","message":"first record"}'`),
    },
    { text: "send_file", code: command(settings, "service=order&env=prod", "@app.ndjson") },
  ],
};
