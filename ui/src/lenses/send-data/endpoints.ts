/** The addresses that programs send to, as seen from where the page is open. */

export interface Endpoints {
  /** OTLP over HTTP, without `/v1/…`. */
  http: string;
  /** OTLP over gRPC; null when it is off. */
  grpc: string | null;
  /** Reachable from the same machine only. */
  isLoopback: boolean;
}

/** Addresses by the name of their listener; one that is off is absent. */
type Listeners = Readonly<Record<string, string | null>>;

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
  const httpAddress = listeners === undefined ? DEFAULT_HTTP : (listeners["otlp_http"] ?? null);
  const grpcAddress = listeners?.["otlp_grpc"] ?? null;
  return {
    http:
      httpAddress === null
        ? `${place.origin}${PATH_ON_MAIN_PORT}`
        : `http://${reachable(httpAddress, place)}`,
    grpc: grpcAddress === null ? null : `http://${reachable(grpcAddress, place)}`,
    isLoopback: LOOPBACK.test(httpAddress === null ? place.hostname : hostOf(httpAddress)),
  };
}
