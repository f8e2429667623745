import { type SnippetSettings, type Source, withPort } from "./source";

const PATH = "/elasticsearch";

function filebeat({ main, key }: SnippetSettings): string {
  const apiKey = key === null ? "" : `\n  api_key: "hannun:${key}"`;
  return `filebeat.inputs:
  - type: filestream
    id: app
    paths: [/var/log/app.log]
output.elasticsearch:
  hosts: ["${withPort(main)}${PATH}"]${apiKey}
setup.template.enabled: false
setup.ilm.enabled: false`;
}

function vector({ main, key }: SnippetSettings): string {
  const auth =
    key === null ? "" : `\n    auth: {strategy: basic, user: hannun, password: "${key}"}`;
  return `sources:
  app:
    type: file
    include: [/var/log/app.log]
sinks:
  hannun:
    type: elasticsearch
    inputs: [app]
    endpoints: ["${main}${PATH}"]
    mode: bulk
    api_version: v8${auth}`;
}

export const elasticsearch: Source = {
  id: "elasticsearch",
  name: "Elasticsearch (Filebeat, Vector)",
  target: "http",
  steps: (settings) => [
    { text: "configure", file: "filebeat.yml", code: filebeat(settings) },
    { text: "configure_other", file: "vector.yaml", code: vector(settings) },
  ],
};
