//! `span_stats`: what the spans of a minute come to, derived from them when they are published.

super::columns! {
    TIME = 1 "time" Timestamp Scan "Start of the minute in which the spans began; in `client_stats`, of the interval of the client, mostly 10 s.";
    ENDPOINT = 2 "endpoint" Text Scan "What was asked: method and route, or the name of the span without its numbers and ids.";
    KIND = 3 "kind" Text Scan "`internal`, `server`, `client`, `producer` or `consumer`; null when unspecified.";
    FAILED = 4 "failed" Bool Scan "Whether the status of the spans is `error`.";
    ROOT = 5 "root" Bool Scan "Whether the spans have no parent.";
    PEER_KIND = 6 "peer_kind" Text Scan "What a client, producer or consumer span talked to by its attributes: `database`, `cache`, `queue` or `external`.";
    PEER_SYSTEM = 7 "peer_system" Text Scan "The product or protocol of the peer, such as `postgresql`, `redis`, `kafka`, `http`, `grpc`.";
    PEER_NAME = 8 "peer_name" Text Scan "The peer by its attributes: database and host, destination, host and port.";
    CALLEE_SERVICE_NAME = 9 "callee_service_name" Text Scan "Service whose span is the child of these client or producer spans, when it came in the same publish.";
    CALLER_SERVICE_NAME = 10 "caller_service_name" Text Scan "Service that called, when its span is the parent or a link and neither a client span nor a named queue tells the call.";
    SPANS = 11 "spans" Int Scan "How many spans are stored; 0 in `client_stats`.";
    COUNT = 12 "count" Float Scan "How many spans these stand for: more than are stored when the sender sampled.";
    DURATION_SUM = 13 "duration_sum" Float Scan "Nanoseconds of all that `count` counts.";
    DURATION_MAX = 14 "duration_max" Int Scan "Nanoseconds of the longest.";
    HISTOGRAM = 15 "histogram" FloatList Scan "Durations: bucket and count in turn; see `merge_histograms` and `histogram_quantile`.";
    SERVICE_NAME = 100 "service_name" Text Scan "Resource `service.name`.";
    SERVICE_VERSION = 101 "service_version" Text Scan "Resource `service.version`.";
    DEPLOYMENT_ENVIRONMENT_NAME = 104 "deployment_environment_name" Text Scan "Resource `deployment.environment.name`.";
}
