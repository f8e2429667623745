//! Signing in, being recognised, signing out.

use super::{DAY_MS, PASSWORD, Place, address};
use hannun_ledger::{LedgerError, Role};
use std::collections::BTreeSet;

const MINUTE_MS: i64 = 60_000;

pub async fn a_session_ends_idle_and_absolutely(place: Place) {
    let ledger = &place.ledger;
    let (_, idle) = place.owner().await;
    let used = ledger.sign_in("kim", PASSWORD, address(1)).await.unwrap();
    assert_eq!(used.session.expires_ms, place.now_ms() + 30 * DAY_MS);
    place.pass(6 * DAY_MS);
    assert!(ledger.session(&used.token).await.unwrap().is_some());
    place.pass(DAY_MS - 1);
    assert!(ledger.session(&used.token).await.unwrap().is_some());
    place.pass(1);
    assert_eq!(ledger.session(&idle.token).await.unwrap(), None);
    for _ in 0..22 {
        place.pass(DAY_MS);
        assert!(ledger.session(&used.token).await.unwrap().is_some());
    }
    place.pass(DAY_MS);
    assert_eq!(ledger.session(&used.token).await.unwrap(), None, "thirty days are over");
    assert_eq!(ledger.session("unknown").await.unwrap(), None);
}

pub async fn uses_are_noted_at_most_once_a_minute(place: Place) {
    let ledger = &place.ledger;
    let (owner, sign_in) = place.owner().await;
    let begun_ms = place.now_ms();
    let last_seen = async || ledger.users(&owner).await.unwrap()[0].last_seen_ms;
    place.pass(MINUTE_MS - 1);
    ledger.session(&sign_in.token).await.unwrap().unwrap();
    assert_eq!(last_seen().await, Some(begun_ms));
    place.pass(1);
    ledger.session(&sign_in.token).await.unwrap().unwrap();
    assert_eq!(last_seen().await, Some(begun_ms + MINUTE_MS));
}

pub async fn the_oldest_session_gives_way(place: Place) {
    let ledger = &place.ledger;
    let (_, first) = place.owner().await;
    let mut later = Vec::new();
    for _ in 0..20 {
        assert!(ledger.session(&first.token).await.unwrap().is_some());
        place.pass(1);
        later.push(ledger.sign_in("Kim", PASSWORD, address(1)).await.unwrap());
    }
    assert_eq!(ledger.session(&first.token).await.unwrap(), None);
    for sign_in in &later {
        assert!(ledger.session(&sign_in.token).await.unwrap().is_some());
    }
}

pub async fn signing_out_ends_one_session(place: Place) {
    let ledger = &place.ledger;
    let (_, one) = place.owner().await;
    let two = ledger.sign_in("Kim", PASSWORD, address(1)).await.unwrap();
    ledger.sign_out(&one.token).await.unwrap();
    ledger.sign_out(&one.token).await.unwrap();
    ledger.sign_out("unknown").await.unwrap();
    assert_eq!(ledger.session(&one.token).await.unwrap(), None);
    assert!(ledger.session(&two.token).await.unwrap().is_some());
    let trail = place.trail().await;
    let ends = trail.iter().filter(|(action, _)| action == "session.end").count();
    assert_eq!(ends, 1);
}

pub async fn the_csrf_token_belongs_to_its_session(place: Place) {
    let (_, one) = place.owner().await;
    let two = place.ledger.sign_in("Kim", PASSWORD, address(1)).await.unwrap();
    let found = place.ledger.session(&one.token).await.unwrap().unwrap();
    assert_eq!(found.csrf_token, one.session.csrf_token);
    assert!(found.csrf_matches(&one.session.csrf_token));
    for wrong in [two.session.csrf_token.as_str(), one.token.as_str(), ""] {
        assert!(!found.csrf_matches(wrong));
    }
}

pub async fn fifty_wrong_passwords_stop_their_address_only(place: Place) {
    let ledger = &place.ledger;
    place.owner().await;
    let guess = async |name: &str| {
        let mut answers = Vec::new();
        for _ in 0..50 {
            answers.push(match ledger.sign_in(name, "wrong password", address(1)).await {
                Err(LedgerError::WrongCredentials) => 0,
                Err(LedgerError::TooManyAttempts { retry_after_seconds }) => retry_after_seconds,
                other => panic!("{other:?}"),
            });
        }
        answers
    };
    let answers = guess("Kim").await;
    assert_eq!(answers[..5], [0; 5]);
    assert_eq!(answers[5..], [1; 45]);
    assert_eq!(guess("nobody").await, answers, "an answer tells whether a name exists");
    // Even the right password has to wait there, and nowhere else.
    let error = ledger.sign_in("Kim", PASSWORD, address(1)).await.unwrap_err();
    assert!(matches!(error, LedgerError::TooManyAttempts { .. }), "{error}");
    ledger.sign_in("Kim", PASSWORD, address(2)).await.unwrap();
    place.pass(1000);
    ledger.sign_in("Kim", PASSWORD, address(1)).await.unwrap();
    for odd in ["a\0", "", &"x".repeat(100_000)] {
        let error = ledger.sign_in(odd, PASSWORD, address(3)).await.unwrap_err();
        assert!(matches!(error, LedgerError::WrongCredentials), "{error}");
    }
    let trail = place.trail().await;
    let refused: Vec<_> = trail
        .iter()
        .filter(|(action, _)| action == "session.refuse")
        .map(|(_, subject)| subject.as_str())
        .collect();
    assert_eq!(refused.len(), 10);
    assert_eq!(
        refused.into_iter().collect::<BTreeSet<_>>(),
        BTreeSet::from(["Kim", "unknown name"])
    );
}

pub async fn a_new_password_ends_the_other_sessions(place: Place) {
    let ledger = &place.ledger;
    let (owner, _) = place.owner().await;
    let (_, own) = place.person(&owner, "lee", Role::Viewer).await;
    let other = ledger.sign_in("lee", PASSWORD, address(1)).await.unwrap();
    let change = |current: &'static str, new: &'static str| {
        ledger.change_password(&own.token, current, new, address(1))
    };
    let error = change("wrong password", "a new password").await.unwrap_err();
    assert!(matches!(error, LedgerError::WrongCredentials), "{error}");
    let error = change(PASSWORD, "short").await.unwrap_err();
    assert!(matches!(error, LedgerError::Invalid { .. }), "{error}");
    assert!(ledger.session(&other.token).await.unwrap().is_some());
    change(PASSWORD, "a new password").await.unwrap();
    assert_eq!(ledger.session(&other.token).await.unwrap(), None);
    assert!(ledger.session(&own.token).await.unwrap().is_some());
    ledger.sign_in("lee", "a new password", address(1)).await.unwrap();
    let error = ledger.sign_in("lee", PASSWORD, address(1)).await.unwrap_err();
    assert!(matches!(error, LedgerError::WrongCredentials), "{error}");
}
