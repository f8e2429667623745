/** The addresses that programs send to, as seen from where the page is open. */

/** Where a way of sending data ends. */
export type Target = "otlp_http" | "http" | "fluent" | "syslog_tcp";

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
const DEFAULT_HTTP = "127.0.0.1:4318";
/** On the port of this page, the same protocol is under this path. */
const PATH_ON_MAIN_PORT = "/otlp";

function hostOf(address: string): string {
  return address.replace(/:\d+$/, "");
}

/** An address that listens everywhere is reached by the name in the address bar. */
function reachable(address: string, place: Place): string {
  const host = hostOf(address);
  return UNSPECIFIED.includes(host) ? address.replace(host, place.hostname) : address;
}

export function endpoints(listeners: Listeners | undefined, place: Place): Endpoints {
  const otlpHttp = listeners === undefined ? DEFAULT_HTTP : (listeners["otlp_http"] ?? null);
  const address = (name: string) => {
    const own = listeners?.[name] ?? null;
    return own === null ? null : reachable(own, place);
  };
  const grpc = address("otlp_grpc");
  const isLoopback = (name: string) =>
    LOOPBACK.test(hostOf(listeners?.[name] ?? listeners?.["http"] ?? place.hostname));
  return {
    http:
      otlpHttp === null
        ? `${place.origin}${PATH_ON_MAIN_PORT}`
        : `http://${reachable(otlpHttp, place)}`,
    grpc: grpc === null ? null : `http://${grpc}`,
    main: place.origin,
    fluent: address("fluent"),
    syslogTcp: address("syslog_tcp"),
    syslogUdp: address("syslog_udp"),
    isLoopback: {
      otlp_http: isLoopback("otlp_http"),
      http: isLoopback("http"),
      fluent: isLoopback("fluent"),
      syslog_tcp: isLoopback("syslog_tcp"),
    },
  };
}
