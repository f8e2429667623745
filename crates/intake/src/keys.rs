//! Intake keys: who may send from elsewhere.

use http::HeaderMap;
use http::header::AUTHORIZATION;
use sha2::{Digest, Sha256};
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
            Some(key) => self.accepts(key),
            // An agent says nothing about sites; a page that does was opened by somebody else.
            None => {
                peer.is_some_and(|peer| peer.ip().to_canonical().is_loopback())
                    && !headers.contains_key("sec-fetch-site")
            }
        }
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

fn sent_key(headers: &HeaderMap) -> Option<&[u8]> {
    if let Some(key) = headers.get(KEY_HEADER) {
        return Some(key.as_bytes());
    }
    let value = headers.get(AUTHORIZATION)?.as_bytes();
    let (scheme, key) = value.split_at_checked("Bearer ".len())?;
    scheme.eq_ignore_ascii_case(b"Bearer ").then(|| key.trim_ascii())
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
