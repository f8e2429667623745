import type { SnippetSettings, Source } from "./source";

function options({ main, key }: SnippetSettings): string {
  return `--service order --url ${main}${key === null ? "" : ` --key ${key}`}`;
}

export const tail: Source = {
  id: "tail",
  name: "hannun tail",
  target: "http",
  steps: (settings) => [
    { text: "follow_file", code: `hannun tail /var/log/app.log ${options(settings)}` },
    { text: "pipe_output", code: `my-program 2>&1 | hannun tail - ${options(settings)}` },
  ],
};
