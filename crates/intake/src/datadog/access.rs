//! Who may send: those nearby without a key, others with a key of ours.
//!
//! An agent cannot be told to send no key, and the one it has is of Datadog. So a key that is not
//! ours decides nothing for a sender that needs none.

use super::state::DatadogState;
use crate::refusal::Refusal;
use axum::extract::ConnectInfo;
use http::{HeaderMap, Request, Uri};
use std::net::{IpAddr, SocketAddr};

/// Headers that carry a key of Datadog's senders.
const KEY_HEADERS: [&str; 2] = ["dd-api-key", "x-api-key"];

/// Headers that browsers and proxies set, and no sender. Browsers leave out the first one where a
/// connection is neither encrypted nor to this machine.
const NOT_OF_SENDERS: [&str; 5] =
    ["sec-fetch-site", "origin", "forwarded", "x-forwarded-for", "x-real-ip"];

/// Refuses a request that may not come in, before anything of its body is read.
pub fn admit<B>(state: &DatadogState, request: &Request<B>) -> Result<(), Refusal> {
    admit_with(state, request, None)
}

/// The same for paths that end in a key.
pub fn admit_with<B>(
    state: &DatadogState,
    request: &Request<B>,
    key_of_path: Option<&str>,
) -> Result<(), Refusal> {
    state.intake.counters.count_request();
    if state.intake.is_draining() {
        return Err(Refusal::Draining);
    }
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let headers = request.headers();
    // A page that somebody opened is no agent of his, and a proxy nearby speaks for anybody.
    let is_for_another = NOT_OF_SENDERS.iter().any(|name| headers.contains_key(*name));
    if !is_for_another && peer.is_some_and(|peer| needs_no_key(state, peer)) {
        return Ok(());
    }
    let sent = sent_keys(headers, request.uri()).chain(key_of_path);
    let is_known = sent.into_iter().any(|key| state.intake.keys.knows(key.as_bytes()))
        || state.intake.keys.admits(headers, None);
    if is_known { Ok(()) } else { Err(Refusal::Unauthenticated) }
}

/// Whether senders at this address are let in without a key.
pub fn needs_no_key(state: &DatadogState, peer: IpAddr) -> bool {
    peer.to_canonical().is_loopback() || state.allowed.iter().any(|network| network.contains(peer))
}

fn sent_keys<'a>(headers: &'a HeaderMap, uri: &'a Uri) -> impl Iterator<Item = &'a str> {
    let in_headers =
        KEY_HEADERS.into_iter().filter_map(|name| headers.get(name)?.to_str().ok()).map(str::trim);
    let parameters = uri.query().unwrap_or_default().split('&');
    let in_query = parameters.filter_map(|parameter| match parameter.split_once('=')? {
        ("api_key" | "dd-api-key", key) => Some(key),
        _ => None,
    });
    in_headers.chain(in_query)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::IntakeState;
    use crate::budget::InFlightBudget;
    use crate::keys::IntakeKeys;
    use hannun_lake::append::{Append, AppendFuture, Appended, Sink};
    use std::sync::Arc;

    struct Nowhere;
    impl Sink for Nowhere {
        fn append(&self, _: Append) -> AppendFuture<'_> {
            Box::pin(async { Ok(Appended::Stored) })
        }
    }

    fn state() -> DatadogState {
        let keys = IntakeKeys::new(["right"]);
        let intake = IntakeState::new(Arc::new(Nowhere), keys, InFlightBudget::new(1 << 20));
        let mut state = DatadogState::new(Arc::new(intake));
        state.allowed = vec!["10.1.0.0/16".parse().unwrap()];
        state
    }

    fn is_let_in(peer: &str, uri: &str, headers: &[(&'static str, &str)]) -> bool {
        let mut request = Request::new(());
        *request.uri_mut() = uri.parse().unwrap();
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let peer: SocketAddr = format!("{peer}:9").parse().unwrap();
        request.extensions_mut().insert(ConnectInfo(peer));
        admit(&state(), &request).is_ok()
    }

    #[test]
    fn senders_nearby_need_no_key_and_may_have_one_of_datadog() {
        let foreign = [("dd-api-key", "of-datadog")];
        assert!(is_let_in("127.0.0.1", "/v0.4/traces", &[]));
        assert!(is_let_in("127.0.0.1", "/v0.4/traces", &foreign));
        assert!(is_let_in("10.1.2.3", "/v0.4/traces", &foreign));
        assert!(!is_let_in("10.2.2.3", "/v0.4/traces", &[]));
        assert!(!is_let_in("10.2.2.3", "/v0.4/traces", &foreign));
        assert!(is_let_in("[::ffff:10.1.2.3]", "/v0.4/traces", &[]));
        assert!(!is_let_in("[::ffff:10.2.2.3]", "/v0.4/traces", &[]));
    }

    #[test]
    fn pages_and_proxies_nearby_need_a_key() {
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("origin", "http://example.com"),
            ("x-forwarded-for", "192.0.2.1"),
            ("forwarded", "for=192.0.2.1"),
            ("x-real-ip", "192.0.2.1"),
        ] {
            for peer in ["127.0.0.1", "10.1.2.3"] {
                let foreign = [(name, value), ("dd-api-key", "of-datadog")];
                assert!(!is_let_in(peer, "/v0.4/traces", &foreign), "{name}");
                let known = [(name, value), ("dd-api-key", "right")];
                assert!(is_let_in(peer, "/v0.4/traces", &known), "{name}");
            }
        }
    }

    #[test]
    fn a_key_of_ours_is_taken_from_header_or_query() {
        for (uri, headers) in [
            ("/api/v2/logs", &[("dd-api-key", "right")][..]),
            ("/api/v2/logs", &[("x-api-key", "right")][..]),
            ("/api/v2/logs", &[("authorization", "Bearer right")][..]),
            ("/api/v1/series?x=1&api_key=right", &[][..]),
        ] {
            assert!(is_let_in("192.0.2.1", uri, headers), "{uri} {headers:?}");
        }
        assert!(!is_let_in("192.0.2.1", "/api/v1/series?api_key=wrong", &[]));
    }
}
