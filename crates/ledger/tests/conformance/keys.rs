//! Keys of programs.

use super::{Actor, DAY_MS, Place, actor};
use hannun_ledger::{KeyKind, LedgerError, NewKey, Role};

fn key(kind: KeyKind, role: Option<Role>, expires_ms: Option<i64>) -> NewKey {
    NewKey { name: "ci".to_owned(), kind, role, expires_ms }
}

pub async fn an_api_key_acts_until_it_expires_or_is_revoked(place: Place) {
    let ledger = &place.ledger;
    let owner = Actor::local_owner();
    let new = key(KeyKind::Api, Some(Role::Editor), Some(place.now_ms() + DAY_MS));
    let created = ledger.create_key(&owner, new).await.unwrap();
    assert!(created.secret.starts_with("hak_") && created.secret.len() == 47);
    assert_eq!(created.key.prefix, created.secret[..8]);
    let found = ledger.api_key(&created.secret).await.unwrap().unwrap();
    assert_eq!(found.last_used_ms, Some(place.now_ms()));
    assert_eq!(Actor::from(&found), actor("key ci", Role::Editor));
    let used_ms = place.now_ms();
    place.pass(59_999);
    ledger.api_key(&created.secret).await.unwrap().unwrap();
    assert_eq!(ledger.keys(&owner).await.unwrap()[0].last_used_ms, Some(used_ms));
    place.pass(1);
    ledger.api_key(&created.secret).await.unwrap().unwrap();
    assert_eq!(ledger.keys(&owner).await.unwrap()[0].last_used_ms, Some(used_ms + 60_000));
    assert_eq!(ledger.api_key("hak_unknown").await.unwrap(), None);
    assert!(!ledger.intake_keys().check(&created.secret, place.now_ms()));
    place.pass(DAY_MS - 60_000);
    assert_eq!(ledger.api_key(&created.secret).await.unwrap(), None);

    let lasting = key(KeyKind::Api, Some(Role::Viewer), None);
    let lasting = ledger.create_key(&owner, lasting).await.unwrap();
    assert!(ledger.api_key(&lasting.secret).await.unwrap().is_some());
    ledger.revoke_key(&owner, &lasting.key.id).await.unwrap();
    ledger.revoke_key(&owner, &lasting.key.id).await.unwrap();
    assert_eq!(ledger.api_key(&lasting.secret).await.unwrap(), None);
    let keys = ledger.keys(&actor("lee", Role::Editor)).await.unwrap();
    let ids: Vec<_> = keys.iter().map(|key| (key.id.as_str(), key.revoked_ms)).collect();
    let expected =
        [(lasting.key.id.as_str(), Some(place.now_ms())), (created.key.id.as_str(), None)];
    assert_eq!(ids, expected);
    let actions: Vec<_> = place.trail().await.into_iter().map(|(action, _)| action).collect();
    assert_eq!(actions, ["key.make", "key.make", "key.revoke"]);
}

pub async fn intake_keys_are_checked_without_the_database(place: Place) {
    let ledger = &place.ledger;
    let other_node = place.second_node().await;
    let owner = Actor::local_owner();
    assert!(ledger.intake_keys().is_empty());
    let expires_ms = place.now_ms() + DAY_MS;
    let created =
        ledger.create_key(&owner, key(KeyKind::Intake, None, Some(expires_ms))).await.unwrap();
    assert!(created.secret.starts_with("hik_"));
    let keys = ledger.intake_keys();
    assert!(keys.check(&created.secret, expires_ms - 1));
    assert!(!keys.check(&created.secret, expires_ms));
    assert!(!keys.check("hik_unknown", place.now_ms()));
    assert_eq!(ledger.api_key(&created.secret).await.unwrap(), None);
    // Another node learns of it, and of its end, by refreshing.
    assert!(!other_node.intake_keys().check(&created.secret, place.now_ms()));
    other_node.refresh().await.unwrap();
    assert!(other_node.intake_keys().check(&created.secret, place.now_ms()));
    // A use is written down by refreshing.
    assert_eq!(ledger.keys(&owner).await.unwrap()[0].last_used_ms, None);
    ledger.refresh().await.unwrap();
    assert_eq!(ledger.keys(&owner).await.unwrap()[0].last_used_ms, Some(expires_ms - 1));
    ledger.revoke_key(&owner, &created.key.id).await.unwrap();
    assert!(!ledger.intake_keys().check(&created.secret, place.now_ms()));
    other_node.refresh().await.unwrap();
    assert!(other_node.intake_keys().is_empty());
    other_node.close().await;
}

pub async fn a_key_that_makes_no_sense_is_refused(place: Place) {
    let ledger = &place.ledger;
    let owner = Actor::local_owner();
    let named = |name: &str| NewKey { name: name.to_owned(), ..key(KeyKind::Intake, None, None) };
    for (new, path) in [
        (key(KeyKind::Api, None, None), "/role"),
        (key(KeyKind::Api, Some(Role::Owner), None), "/role"),
        (key(KeyKind::Intake, Some(Role::Viewer), None), "/role"),
        (key(KeyKind::Intake, None, Some(place.now_ms())), "/expires_ms"),
        (named(" "), "/name"),
    ] {
        let error = ledger.create_key(&owner, new).await.unwrap_err();
        let LedgerError::Invalid { fields } = error else { panic!("{error}") };
        assert_eq!(fields[0].path, path);
    }
    let editor = actor("lee", Role::Editor);
    let error = ledger.create_key(&editor, named("a")).await.unwrap_err();
    assert!(matches!(error, LedgerError::Forbidden(_)), "{error}");
    assert_eq!(ledger.keys(&owner).await.unwrap(), []);
    let error = ledger.revoke_key(&owner, "unknown").await.unwrap_err();
    assert!(matches!(error, LedgerError::NotFound(_)), "{error}");
}
