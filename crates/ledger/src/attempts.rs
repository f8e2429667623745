//! Wrong passwords, limited without locking the right person out.
//!
//! Three counts run side by side, each with some free attempts and then a delay that doubles:
//!
//! - *name from this address*: the usual guesser. Up to 15 minutes.
//! - *this address, any name*: somebody who tries one password on many names. Up to 15 minutes.
//! - *this name, any address*: guessing from many machines. It must stay short (30 s), because it
//!   also hits the person whose name it is.
//!
//! The last two do not hold for a name from where its person signed in before: others who share the
//! address, such as that of a proxy, must not keep him out.
//!
//! So fifty wrong passwords from one address stop that address and nobody else: attempts that are
//! refused by a delay are not checked and not counted. Names are counted whether they exist or not,
//! so an answer tells nothing about that. An attempt is counted before its password is checked and
//! taken back when it was right; otherwise many at once would all find the count at zero.
//!
//! The counts live in memory: a restart forgets them, which gives a guesser five more attempts and
//! spares the database a write for each wrong password.

use hannun_model::limits::{
    SIGN_IN_DELAY_SECONDS_MAX, SIGN_IN_FAILURES_AUDITED_PER_MINUTE, SIGN_IN_FREE_ATTEMPTS,
    SIGN_IN_FREE_ATTEMPTS_WIDE, SIGN_IN_NAME_DELAY_SECONDS_MAX, SIGN_IN_REMEMBERED_MAX,
};
use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};

/// A count is forgotten this long after its last failure, in milliseconds.
const FORGET_MS: i64 = 4 * SIGN_IN_DELAY_SECONDS_MAX * 1000;
const MINUTE_MS: i64 = 60_000;

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Subject {
    NameFrom(String, IpAddr),
    Address(IpAddr),
    Name(String),
}

impl Subject {
    /// Free attempts, and the longest delay after them in seconds.
    fn allowance(&self) -> (u32, i64) {
        match self {
            Self::NameFrom(..) => (SIGN_IN_FREE_ATTEMPTS, SIGN_IN_DELAY_SECONDS_MAX),
            Self::Address(_) => (SIGN_IN_FREE_ATTEMPTS_WIDE, SIGN_IN_DELAY_SECONDS_MAX),
            Self::Name(_) => (SIGN_IN_FREE_ATTEMPTS_WIDE, SIGN_IN_NAME_DELAY_SECONDS_MAX),
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    failures: u32,
    last_ms: i64,
    /// He signed in from there before.
    known: bool,
}

impl Count {
    fn wait_ms(&self, (free, delay_seconds_max): (u32, i64), now_ms: i64) -> i64 {
        if self.failures < free {
            return 0;
        }
        let doubled = 1i64 << (self.failures - free).min(20);
        let delay_ms = doubled.min(delay_seconds_max) * 1000;
        (self.last_ms + delay_ms - now_ms).clamp(0, delay_ms)
    }
}

/// The counts.
#[derive(Debug, Default)]
pub(crate) struct Attempts {
    counts: HashMap<Subject, Count>,
    minute_started_ms: i64,
    audited: u32,
    unaudited: u32,
}

impl Attempts {
    /// Counts an attempt that is about to be checked, or says how many seconds to wait.
    pub(crate) fn begin(&mut self, name: &str, peer: IpAddr, now_ms: i64) -> Result<(), u64> {
        let subjects = subjects(name, peer);
        let known = self.counts.get(&subjects[0]).is_some_and(|count| count.known);
        let wait_ms = subjects
            .iter()
            // Who signed in from there before is not kept out by others: neither by those who try his
            // name from elsewhere, nor by those who share his address, such as that of a proxy.
            .filter(|subject| !known || matches!(subject, Subject::NameFrom(..)))
            .filter_map(|subject| {
                Some(self.counts.get(subject)?.wait_ms(subject.allowance(), now_ms))
            })
            .max()
            .unwrap_or(0);
        if wait_ms > 0 {
            return Err(u64::try_from(wait_ms).unwrap_or(0).div_ceil(1000));
        }
        for subject in subjects {
            self.make_room(now_ms);
            let count = self.counts.entry(subject).or_default();
            if now_ms - count.last_ms > FORGET_MS {
                count.failures = 0;
            }
            count.failures = count.failures.saturating_add(1);
            count.last_ms = now_ms;
        }
        Ok(())
    }

    /// The password was right: the counts of this name and of this address start anew.
    pub(crate) fn succeeded(&mut self, name: &str, peer: IpAddr, now_ms: i64) {
        let [name_from, address, name] = subjects(name, peer);
        self.counts.insert(name_from, Count { failures: 0, last_ms: now_ms, known: true });
        self.counts.remove(&address);
        self.give_back(&name);
    }

    /// The password could not be checked: as if nobody had tried.
    pub(crate) fn undecided(&mut self, name: &str, peer: IpAddr) {
        for subject in subjects(name, peer) {
            self.give_back(&subject);
        }
    }

    fn give_back(&mut self, subject: &Subject) {
        if let Some(count) = self.counts.get_mut(subject) {
            count.failures = count.failures.saturating_sub(1);
        }
    }

    /// Whether a failure is written to the audit trail, and how many were not since the last one.
    /// Otherwise strangers could push everything else out of it.
    pub(crate) fn audit_failure(&mut self, now_ms: i64) -> Option<u32> {
        if now_ms - self.minute_started_ms >= MINUTE_MS {
            (self.minute_started_ms, self.audited) = (now_ms, 0);
        }
        if self.audited >= SIGN_IN_FAILURES_AUDITED_PER_MINUTE {
            self.unaudited = self.unaudited.saturating_add(1);
            return None;
        }
        self.audited += 1;
        Some(std::mem::take(&mut self.unaudited))
    }

    fn make_room(&mut self, now_ms: i64) {
        if self.counts.len() < SIGN_IN_REMEMBERED_MAX {
            return;
        }
        self.counts.retain(|_, count| now_ms - count.last_ms <= FORGET_MS);
        // The oldest tenth at once, so that a flood does not search the map for every attempt.
        if self.counts.len() >= SIGN_IN_REMEMBERED_MAX {
            let mut times: Vec<i64> = self.counts.values().map(|count| count.last_ms).collect();
            let (_, oldest_ms, _) = times.select_nth_unstable(SIGN_IN_REMEMBERED_MAX / 10);
            let oldest_ms = *oldest_ms;
            let mut surplus = SIGN_IN_REMEMBERED_MAX / 10;
            self.counts.retain(|_, count| {
                let goes = surplus > 0 && count.last_ms <= oldest_ms;
                surplus -= usize::from(goes);
                !goes
            });
        }
    }
}

fn subjects(name: &str, peer: IpAddr) -> [Subject; 3] {
    let peer = network(peer);
    [
        Subject::NameFrom(name.to_owned(), peer),
        Subject::Address(peer),
        Subject::Name(name.to_owned()),
    ]
}

/// Whoever has one IPv6 address usually has the 64 bits after its network as well.
fn network(peer: IpAddr) -> IpAddr {
    match peer.to_canonical() {
        IpAddr::V4(address) => IpAddr::V4(address),
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    /// Tries until refused; how often, and the seconds to wait then.
    fn exhaust(attempts: &mut Attempts, name: &str, peer: IpAddr, now_ms: i64) -> (u32, u64) {
        for tried in 0..1000 {
            if let Err(seconds) = attempts.begin(name, peer, now_ms) {
                return (tried, seconds);
            }
        }
        panic!("never refused");
    }

    #[test]
    fn five_are_free_and_then_the_delay_doubles_up_to_a_quarter_of_an_hour() {
        let mut attempts = Attempts::default();
        assert_eq!(exhaust(&mut attempts, "kim", address(1), 0), (5, 1));
        let (mut now_ms, mut delays) = (0, Vec::new());
        for _ in 0..13 {
            let seconds = attempts.begin("kim", address(1), now_ms).unwrap_err();
            delays.push(seconds);
            now_ms += i64::try_from(seconds).unwrap() * 1000;
            attempts.begin("kim", address(1), now_ms).unwrap();
        }
        assert_eq!(delays, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
    }

    #[test]
    fn fifty_wrong_passwords_do_not_keep_the_person_out_elsewhere() {
        let mut attempts = Attempts::default();
        let refused = (0..50).filter(|_| attempts.begin("kim", address(1), 0).is_err()).count();
        assert_eq!(refused, 45);
        assert_eq!(attempts.begin("kim", address(2), 0), Ok(()));
    }

    #[test]
    fn guessing_from_everywhere_slows_a_name_down_but_not_where_it_signed_in_before() {
        let mut attempts = Attempts::default();
        attempts.begin("kim", address(200), 0).unwrap();
        attempts.succeeded("kim", address(200), 0);
        let mut now_ms = 0;
        for guess in 0..100 {
            while let Err(seconds) = attempts.begin("kim", address(guess), now_ms) {
                assert!(seconds <= 30, "{seconds}");
                now_ms += i64::try_from(seconds).unwrap() * 1000;
            }
        }
        assert_eq!(attempts.begin("kim", address(201), now_ms), Err(30));
        assert_eq!(attempts.begin("kim", address(200), now_ms), Ok(()));
    }

    #[test]
    fn one_address_that_tries_many_names_is_stopped() {
        let mut attempts = Attempts::default();
        let tried =
            (0..100).filter(|n| attempts.begin(&format!("n{n}"), address(1), 0).is_ok()).count();
        assert_eq!(tried, 20);
        // The same network of IPv6 is the same address.
        let mut attempts = Attempts::default();
        let six = |last: u16| IpAddr::from([0x2001, 0xdb8, 0, 1, 0, 0, 0, last]);
        let tried =
            (0..100).filter(|n| attempts.begin(&format!("n{n}"), six(*n), 0).is_ok()).count();
        assert_eq!(tried, 20);
    }

    #[test]
    fn a_right_password_starts_anew_and_an_hour_forgets() {
        let mut attempts = Attempts::default();
        for _ in 0..4 {
            attempts.begin("kim", address(1), 0).unwrap();
        }
        attempts.begin("kim", address(1), 0).unwrap();
        attempts.succeeded("kim", address(1), 0);
        assert_eq!(exhaust(&mut attempts, "kim", address(1), 0).0, 5);
        assert_eq!(exhaust(&mut attempts, "kim", address(1), FORGET_MS + 1), (5, 1));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let mut attempts = Attempts::default();
        for n in 0..30_000u32 {
            let peer = IpAddr::from(n.to_be_bytes());
            attempts.begin(&format!("n{n}"), peer, i64::from(n)).unwrap();
        }
        assert!(attempts.counts.len() <= SIGN_IN_REMEMBERED_MAX, "{}", attempts.counts.len());
    }

    #[test]
    fn a_flood_of_failures_leaves_ten_lines_a_minute_and_a_count() {
        let mut attempts = Attempts::default();
        let lines = (0..100).filter(|_| attempts.audit_failure(MINUTE_MS).is_some()).count();
        assert_eq!(lines, 10);
        assert_eq!(attempts.audit_failure(2 * MINUTE_MS), Some(90));
        assert_eq!(attempts.audit_failure(2 * MINUTE_MS), Some(0));
    }
}
