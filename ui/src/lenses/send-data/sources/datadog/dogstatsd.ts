import { listenBesideStep, type SnippetSettings, type Source, type Step } from "../source";

function variables({ dogstatsd: { host, port } }: SnippetSettings): string {
  return `export DD_AGENT_HOST=${host}\nexport DD_DOGSTATSD_PORT=${port}`;
}

function code({ dogstatsd: { host, port } }: SnippetSettings): string {
  return `from datadog import initialize, statsd

initialize(statsd_host="${host}", statsd_port=${port})
statsd.increment("order.placed", tags=["service:order", "env:prod"])
statsd.distribution("order.total", 129000, tags=["service:order", "env:prod"])`;
}

function socketStep({ dogstatsdSocket }: SnippetSettings): Step[] {
  const code = `export DD_DOGSTATSD_URL=unix://${dogstatsdSocket}`;
  return dogstatsdSocket === null ? [] : [{ text: "set_socket", code }];
}

export const dogstatsd: Source = {
  id: "dogstatsd",
  name: "DogStatsD",
  target: "dogstatsd",
  admits: "network",
  steps: (settings) => {
    const { host, port } = settings.dogstatsd;
    return [
      ...listenBesideStep(settings.dogstatsd),
      { text: "set", code: variables(settings) },
      ...socketStep(settings),
      { text: "in_code", code: code(settings) },
      {
        text: "send_metric",
        code: `echo -n "hello.count:1|c|#service:hello" > /dev/udp/${host}/${port}`,
      },
    ];
  },
};
