//! Endpoints that serve nobody.

/// Words that stand alone between slashes or dots in the path of a probe.
const PROBES: [&str; 14] = [
    "health",
    "healthz",
    "healthcheck",
    "health-check",
    "health_check",
    "livez",
    "readyz",
    "liveness",
    "readiness",
    "live",
    "ready",
    "ping",
    "heartbeat",
    "metrics",
];

/// Whether an endpoint is asked by machines that only want to know whether the service runs: the
/// last part of its path is one of the usual words, or it is the health service of gRPC. `/health`,
/// `GET /api/healthz`, `/health.html`, `grpc.health.v1.Health/Check`; not `/live/{id}`.
pub fn is_health_check(endpoint: &str) -> bool {
    if endpoint.contains("grpc.health.v") {
        return true;
    }
    let path = endpoint.rsplit(' ').next().unwrap_or(endpoint).trim_end_matches('/');
    let Some((_, last)) = path.rsplit_once('/') else { return false };
    let word = last.split_once('.').map_or(last, |(word, _)| word);
    PROBES.iter().any(|probe| word.eq_ignore_ascii_case(probe))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probes_are_told_from_requests() {
        for endpoint in [
            "GET /health",
            "GET /api/Healthz/",
            "/health.html",
            "grpc.health.v1.Health/Check",
            "HEAD /ping",
            "GET /actuator/health",
        ] {
            assert!(is_health_check(endpoint), "{endpoint}");
        }
        for endpoint in [
            "GET /orders",
            "GET /live/{id}",
            "health",
            "GET /healthy-food",
            "ping pong",
            "GET /",
            "",
        ] {
            assert!(!is_health_check(endpoint), "{endpoint}");
        }
    }
}
