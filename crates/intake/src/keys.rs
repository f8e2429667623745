//! Intake keys: who may send from elsewhere.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderMap;
use http::header::AUTHORIZATION;
use sha2::{Digest, Sha256};
use std::borrow::Cow;
use std::net::SocketAddr;
use std::sync::Arc;

/// Header that carries a key when `Authorization` is not free.
pub const KEY_HEADER: &str = "hannun-key";

/// Says whether a key that is kept elsewhere, and may be made or revoked meanwhile, is in force.
pub type KeyCheck = Arc<dyn Fn(&str) -> bool + Send + Sync>;

/// The keys that are accepted, as hashes: a dump of memory gives none away, and comparing hashes
/// takes the same time however much of a guess is right.
#[derive(Default)]
pub struct IntakeKeys {
    hashes: Vec<[u8; 32]>,
    others: Option<KeyCheck>,
}

impl std::fmt::Debug for IntakeKeys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("IntakeKeys").field("fixed", &self.hashes.len()).finish()
    }
}

impl IntakeKeys {
    /// Accepts these keys.
    pub fn new<K: AsRef<str>>(keys: impl IntoIterator<Item = K>) -> Self {
        Self { hashes: keys.into_iter().map(|key| hash(key.as_ref())).collect(), others: None }
    }

    /// Accepts the keys that this check knows as well.
    #[must_use]
    pub fn or_known_by(mut self, check: KeyCheck) -> Self {
        self.others = Some(check);
        self
    }

    /// Whether a request may come in: with a right key from anywhere, with none from loopback. A
    /// peer that is not known is not loopback, and a wrong key is refused from everywhere: who
    /// sends one believes it is checked.
    pub fn admits(&self, headers: &HeaderMap, peer: Option<SocketAddr>) -> bool {
        match sent_key(headers) {
            Some(key) => self.accepts(&key),
            // An agent says nothing about sites; a page that does was opened by somebody else.
            None => {
                peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback())
                    && !headers.contains_key("sec-fetch-site")
            }
        }
    }

    /// Whether this key is one of those that are accepted.
    pub fn knows(&self, key: &[u8]) -> bool {
        self.accepts(key)
    }

    fn accepts(&self, key: &[u8]) -> bool {
        let sent: [u8; 32] = Sha256::digest(key).into();
        let fixed = self.hashes.iter().fold(false, |found, hash| found | (*hash == sent));
        fixed
            || std::str::from_utf8(key)
                .is_ok_and(|key| self.others.as_ref().is_some_and(|check| check(key)))
    }
}

fn hash(key: &str) -> [u8; 32] {
    Sha256::digest(key.as_bytes()).into()
}

/// The key of a request: `Bearer <key>`; the password of `Basic`, or the name when there is no
/// password; the second part of an Elasticsearch `ApiKey`, which is `base64(id:key)`.
fn sent_key(headers: &HeaderMap) -> Option<Cow<'_, [u8]>> {
    if let Some(key) = headers.get(KEY_HEADER) {
        return Some(Cow::Borrowed(key.as_bytes()));
    }
    let value = headers.get(AUTHORIZATION)?.as_bytes();
    let at = value.iter().position(|byte| *byte == b' ')?;
    let (scheme, text) = (&value[..at], value[at..].trim_ascii());
    if scheme.eq_ignore_ascii_case(b"Bearer") {
        return Some(Cow::Borrowed(text));
    }
    let is_pair = scheme.eq_ignore_ascii_case(b"Basic") || scheme.eq_ignore_ascii_case(b"ApiKey");
    is_pair.then(|| {
        let pair = STANDARD.decode(text).unwrap_or_default();
        let at = pair.iter().position(|byte| *byte == b':').unwrap_or(pair.len());
        let (name, key) = (&pair[..at], pair.get(at + 1..).unwrap_or_default());
        Cow::Owned(if key.is_empty() { name.to_vec() } else { key.to_vec() })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(name: &'static str, value: &str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(name, value.parse().unwrap());
        headers
    }

    #[test]
    fn loopback_needs_no_key_but_a_wrong_one_is_refused() {
        let keys = IntakeKeys::new(["right"]);
        let loopback: Option<SocketAddr> = Some("[::ffff:127.0.0.1]:9".parse().unwrap());
        let elsewhere: Option<SocketAddr> = Some("10.0.0.1:9".parse().unwrap());
        assert!(keys.admits(&HeaderMap::new(), loopback));
        assert!(!keys.admits(&HeaderMap::new(), elsewhere));
        assert!(!keys.admits(&HeaderMap::new(), None));
        assert!(!keys.admits(&headers("sec-fetch-site", "same-origin"), loopback));
        assert!(!keys.admits(&headers("authorization", "Bearer wrong"), loopback));
        assert!(keys.admits(&headers("authorization", "bearer right"), elsewhere));
        assert!(keys.admits(&headers("hannun-key", "right"), None));
        assert!(!keys.admits(&headers("hannun-key", "rightx"), elsewhere));
    }

    #[test]
    fn shippers_send_the_key_as_a_password_or_an_api_key() {
        let keys = IntakeKeys::new(["right"]);
        let elsewhere: Option<SocketAddr> = Some("10.0.0.1:9".parse().unwrap());
        let coded = |scheme: &str, pair: &str| {
            headers("authorization", &format!("{scheme} {}", STANDARD.encode(pair)))
        };
        assert!(keys.admits(&coded("Basic", "filebeat:right"), elsewhere));
        assert!(keys.admits(&coded("basic", "right:"), elsewhere));
        assert!(keys.admits(&coded("ApiKey", "id:right"), elsewhere));
        assert!(!keys.admits(&coded("Basic", "right:wrong"), elsewhere));
        assert!(!keys.admits(&headers("authorization", "Basic %%%"), elsewhere));
        let loopback: Option<SocketAddr> = Some("127.0.0.1:9".parse().unwrap());
        assert!(!keys.admits(&headers("authorization", "Basic %%%"), loopback));
    }

    #[test]
    fn keys_kept_elsewhere_are_asked_for_each_time() {
        let revoked = Arc::new(std::sync::atomic::AtomicBool::new(false));
        let seen = revoked.clone();
        let keys = IntakeKeys::new(["fixed"]).or_known_by(Arc::new(move |key| {
            key == "made" && !seen.load(std::sync::atomic::Ordering::Relaxed)
        }));
        assert!(keys.admits(&headers("hannun-key", "made"), None));
        assert!(keys.admits(&headers("hannun-key", "fixed"), None));
        assert!(!keys.admits(&headers("hannun-key", "other"), None));
        revoked.store(true, std::sync::atomic::Ordering::Relaxed);
        assert!(!keys.admits(&headers("hannun-key", "made"), None));
    }
}
