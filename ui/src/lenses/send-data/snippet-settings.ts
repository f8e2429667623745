/** What the snippets are filled in with. */
import { type Endpoints, isLoopbackHost } from "./endpoints";
import type { Listener, SnippetSettings } from "./sources/source";

interface Start {
  option: string;
  port: string;
}

const FLUENT: Start = { option: "--fluent-listen", port: "24224" };
const SYSLOG_TCP: Start = { option: "--syslog-tcp-listen", port: "1514" };
/** Not the usual ports: an agent of Datadog on the same machine has those. */
const DATADOG: Start = { option: "--datadog-listen", port: "8136" };
const DOGSTATSD: Start = { option: "--dogstatsd-listen", port: "8135" };
/** Datadog's tracers and statsd clients cannot be told a key. */
const ALLOW = " --datadog-allow 10.0.0.0/8";
const [LOOPBACK, EVERYWHERE] = ["127.0.0.1", "0.0.0.0"];

/** `hostname` is the name of this server in the address bar. */
export function snippetSettings(
  addresses: Endpoints,
  key: string | null,
  hostname: string,
): SnippetSettings {
  // Only the page of a browser on this machine calls it so.
  const nameElsewhere = isLoopbackHost(hostname) ? "<host>" : hostname;
  const listener = (address: string | null, { option, port }: Start, more = ""): Listener => {
    if (address === null) {
      const [host, listen] = key === null ? [LOOPBACK, LOOPBACK] : [nameElsewhere, EVERYWHERE];
      return { host, port, startWith: `${option} ${listen}:${port}${key === null ? "" : more}` };
    }
    const [, host = "", own = port] = /^\[?(.+?)\]?:(\d+)$/.exec(address) ?? [];
    return { host, port: own, startWith: null };
  };
  return {
    endpoint: addresses.http,
    main: addresses.main,
    fluent: listener(addresses.fluent, FLUENT),
    syslogTcp: listener(addresses.syslogTcp, SYSLOG_TCP),
    datadog: listener(addresses.datadog, DATADOG, ALLOW),
    dogstatsd: listener(addresses.dogstatsd, DOGSTATSD, ALLOW),
    datadogSocket: key === null ? addresses.datadogSocket : null,
    dogstatsdSocket: key === null ? addresses.dogstatsdSocket : null,
    key,
  };
}
