import { listenStep, type SnippetSettings, type Source } from "./source";

function configuration({ fluent, key }: SnippetSettings): string {
  const sharedKey = key === null ? "" : `\n      shared_key: ${key}`;
  return `pipeline:
  inputs:
    - name: tail
      path: /var/log/app.log
  outputs:
    - name: forward
      match: "*"
      host: "${fluent.host}"
      port: ${fluent.port}
      require_ack_response: true${sharedKey}`;
}

export const fluentBit: Source = {
  id: "fluent-bit",
  name: "Fluent Bit",
  target: "fluent",
  steps: (settings) => [
    ...listenStep(settings.fluent),
    { text: "configure", file: "fluent-bit.yaml", code: configuration(settings) },
    { text: "run", code: "fluent-bit -c fluent-bit.yaml" },
  ],
};
