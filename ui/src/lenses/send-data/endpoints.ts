/** The addresses that programs send to, as seen from where the page is open. */

/** Where a way of sending data ends. */
export type Target = "otlp_http" | "http" | "fluent" | "syslog_tcp" | "datadog" | "dogstatsd";

export interface Endpoints {
  /** OTLP over HTTP, without `/v1/…`. */
  http: string;
  /** OTLP over gRPC; null when it is off. */
  grpc: string | null;
  /** Every other intake over HTTP: the origin of this page. */
  main: string;
  /** `HOST:PORT`; null when it is off. */
  fluent: string | null;
  syslogTcp: string | null;
  syslogUdp: string | null;
  /** Of Datadog's tracers, agents and API clients. */
  datadog: string | null;
  /** UDP. */
  dogstatsd: string | null;
  /** Paths of Unix sockets. */
  datadogSocket: string | null;
  dogstatsdSocket: string | null;
  /** Reachable from the same machine only. */
  isLoopback: Readonly<Record<Target, boolean>>;
}

/** Addresses by the name of their listener; one that is off is absent. */
type Listeners = Readonly<Partial<Record<string, string | null>>>;

interface Place {
  origin: string;
  hostname: string;
}

const LOOPBACK = /^(127\.\d+\.\d+\.\d+|\[::1\]|localhost)$/;
const UNSPECIFIED = ["0.0.0.0", "[::]"];
/** Before the server has said what it listens to. */
const DEFAULT_LISTENERS: Listeners = {
  otlp_http: "127.0.0.1:4318",
  fluent: "127.0.0.1:24224",
  datadog: "127.0.0.1:8126",
  dogstatsd: "127.0.0.1:8125",
};
/** On the port of this page, the same protocol is under this path. */
const PATH_ON_MAIN_PORT = "/otlp";

export function isLoopbackHost(host: string): boolean {
  return LOOPBACK.test(host);
}

function hostOf(address: string): string {
  return address.replace(/:\d+$/, "");
}

/** An address that listens everywhere is reached by the name in the address bar. */
function reachable(address: string, place: Place): string {
  const host = hostOf(address);
  return UNSPECIFIED.includes(host) ? address.replace(host, place.hostname) : address;
}

export function endpoints(listeners: Listeners | undefined, place: Place): Endpoints {
  const own = (name: string) => (listeners ?? DEFAULT_LISTENERS)[name] ?? null;
  const address = (name: string) => {
    const found = own(name);
    return found === null ? null : reachable(found, place);
  };
  const isLoopback = (name: string, otherwise: string) =>
    isLoopbackHost(hostOf(own(name) ?? otherwise));
  const [http, grpc] = [address("otlp_http"), address("otlp_grpc")];
  return {
    http: http === null ? `${place.origin}${PATH_ON_MAIN_PORT}` : `http://${http}`,
    grpc: grpc === null ? null : `http://${grpc}`,
    main: place.origin,
    fluent: address("fluent"),
    syslogTcp: address("syslog_tcp"),
    syslogUdp: address("syslog_udp"),
    datadog: address("datadog"),
    dogstatsd: address("dogstatsd"),
    datadogSocket: own("datadog_socket"),
    dogstatsdSocket: own("dogstatsd_socket"),
    isLoopback: {
      otlp_http: isLoopback("otlp_http", place.hostname),
      http: isLoopback("http", place.hostname),
      fluent: isLoopback("fluent", ""),
      syslog_tcp: isLoopback("syslog_tcp", ""),
      datadog: isLoopback("datadog", ""),
      dogstatsd: isLoopback("dogstatsd", ""),
    },
  };
}
