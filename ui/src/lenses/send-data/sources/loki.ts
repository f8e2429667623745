import type { SnippetSettings, Source } from "./source";

const PATH = "/loki/api/v1/push";

function alloy({ main, key }: SnippetSettings): string {
  const token = key === null ? "" : `\n    bearer_token = "${key}"`;
  return `local.file_match "app" {
  path_targets = [{"__path__" = "/var/log/app.log", "service_name" = "order"}]
}
loki.source.file "app" {
  targets    = local.file_match.app.targets
  forward_to = [loki.write.hannun.receiver]
}
loki.write "hannun" {
  endpoint {
    url = "${main}${PATH}"${token}
  }
}`;
}

function promtail({ main, key }: SnippetSettings): string {
  const token = key === null ? "" : `\n    bearer_token: ${key}`;
  return `clients:\n  - url: ${main}${PATH}${token}`;
}

export const loki: Source = {
  id: "loki",
  name: "Loki (Alloy, Promtail)",
  target: "http",
  steps: (settings) => [
    { text: "configure", file: "config.alloy", code: alloy(settings) },
    { text: "configure_other", file: "promtail.yaml", code: promtail(settings) },
  ],
};
