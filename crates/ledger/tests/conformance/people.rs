//! Links, people and what becomes of them.

use super::{Actor, DAY_MS, PASSWORD, Place, actor, address};
use hannun_ledger::{KeyKind, LedgerError, LinkPurpose, NewKey, Role, UserChange};

pub async fn the_first_owner_comes_by_a_link(place: Place) {
    let ledger = &place.ledger;
    assert!(!ledger.setup_done().await.unwrap());
    let replaced = ledger.new_owner_link().await.unwrap();
    let link = ledger.new_owner_link().await.unwrap();
    assert_eq!(link.expires_ms, place.now_ms() + DAY_MS);
    let error = ledger.link(&replaced.token).await.unwrap_err();
    assert!(matches!(error, LedgerError::NotFound(_)), "{error}");
    let shown = ledger.link(&link.token).await.unwrap();
    assert_eq!((shown.purpose, shown.name, shown.role), (LinkPurpose::Owner, None, Role::Owner));
    // A name and a password of ten characters are needed; the link survives the mistake.
    let error = ledger.redeem_link(&link.token, None, "short").await.unwrap_err();
    let LedgerError::Invalid { fields } = error else { panic!("{error}") };
    let paths: Vec<_> = fields.iter().map(|fault| fault.path.as_str()).collect();
    assert_eq!(paths, ["/password", "/name"]);
    assert!(!ledger.setup_done().await.unwrap());
    let sign_in = ledger.redeem_link(&link.token, Some(" Kim "), PASSWORD).await.unwrap();
    assert_eq!(
        (sign_in.session.user.name.as_str(), sign_in.session.user.role),
        ("Kim", Role::Owner)
    );
    assert!(ledger.setup_done().await.unwrap());
    assert_eq!(ledger.session(&sign_in.token).await.unwrap(), Some(sign_in.session));
    let expected = [("link.make", "owner"), ("link.make", "owner"), ("link.redeem", "Kim")];
    let expected = expected.map(|(action, subject)| (action.to_owned(), subject.to_owned()));
    assert_eq!(place.trail().await, expected);
}

pub async fn a_link_works_once_and_not_for_ever(place: Place) {
    let ledger = &place.ledger;
    let (owner, _) = place.owner().await;
    let (user, link) = ledger.invite(&owner, "lee", Role::Viewer).await.unwrap();
    assert_eq!(link.expires_ms, place.now_ms() + 7 * DAY_MS);
    place.pass(7 * DAY_MS - 1);
    ledger.link(&link.token).await.unwrap();
    place.pass(1);
    let error = ledger.link(&link.token).await.unwrap_err();
    assert!(matches!(error, LedgerError::NotFound(_)), "{error}");
    let error = ledger.redeem_link(&link.token, None, PASSWORD).await.unwrap_err();
    assert!(matches!(error, LedgerError::NotFound(_)), "{error}");
    // He has no password yet, so the new link is an invitation again.
    let again = ledger.new_password_link(&owner, &user.id).await.unwrap();
    assert_eq!(again.purpose, LinkPurpose::Invitation);
    // Of two who use it at once one gets in.
    let (one, two) = tokio::join!(
        ledger.redeem_link(&again.token, None, PASSWORD),
        ledger.redeem_link(&again.token, None, "another password"),
    );
    let errors: Vec<_> = [one, two].into_iter().filter_map(Result::err).collect();
    assert!(matches!(errors.as_slice(), [LedgerError::NotFound(_)]), "{errors:?}");
    let error = ledger.redeem_link(&again.token, None, PASSWORD).await.unwrap_err();
    assert!(matches!(error, LedgerError::NotFound(_)), "{error}");
}

pub async fn an_invitation_lets_in_and_may_be_renamed(place: Place) {
    let ledger = &place.ledger;
    let (owner, _) = place.owner().await;
    let (user, link) = ledger.invite(&owner, "lee", Role::Editor).await.unwrap();
    let error = ledger.redeem_link(&link.token, Some("KIM"), PASSWORD).await.unwrap_err();
    assert!(matches!(&error, LedgerError::Taken(name) if name == "KIM"), "{error}");
    let wrong = ledger.sign_in("lee", PASSWORD, address(1)).await.unwrap_err();
    assert!(matches!(wrong, LedgerError::WrongCredentials), "{wrong}");
    let sign_in = ledger.redeem_link(&link.token, Some("이영희"), PASSWORD).await.unwrap();
    assert_eq!(sign_in.session.user.id, user.id);
    assert_eq!(sign_in.session.user.role, Role::Editor);
    let users = ledger.users(&owner).await.unwrap();
    let names: Vec<_> = users.iter().map(|user| user.name.as_str()).collect();
    assert_eq!(names, ["Kim", "이영희"]);
    ledger.sign_in("이영희", PASSWORD, address(1)).await.unwrap();
}

pub async fn a_reset_ends_the_sessions_before(place: Place) {
    let ledger = &place.ledger;
    let (owner, owner_session) = place.owner().await;
    let (user, before) = place.person(&owner, "lee", Role::Viewer).await;
    let link = ledger.new_password_link(&owner, &user.id).await.unwrap();
    assert_eq!(link.purpose, LinkPurpose::Reset);
    assert!(ledger.session(&before.token).await.unwrap().is_some());
    // The name is not his to choose here.
    let after = ledger.redeem_link(&link.token, Some("Kim"), "a new password").await.unwrap();
    assert_eq!(after.session.user.name, "lee");
    assert_eq!(ledger.session(&before.token).await.unwrap(), None);
    assert!(ledger.session(&after.token).await.unwrap().is_some());
    assert!(ledger.session(&owner_session.token).await.unwrap().is_some());
    let wrong = ledger.sign_in("lee", PASSWORD, address(1)).await.unwrap_err();
    assert!(matches!(wrong, LedgerError::WrongCredentials), "{wrong}");
    ledger.sign_in("LEE", "a new password", address(1)).await.unwrap();
}

pub async fn names_are_unique_whatever_their_case(place: Place) {
    let ledger = &place.ledger;
    let (owner, _) = place.owner().await;
    for taken in ["kim", "KIM", " Kim\t"] {
        let error = ledger.invite(&owner, taken, Role::Viewer).await.unwrap_err();
        assert!(matches!(error, LedgerError::Taken(_)), "{error}");
    }
    for odd in ["", "  ", "a\nb", "a\u{0}b", &"x".repeat(65)] {
        let error = ledger.invite(&owner, odd, Role::Viewer).await.unwrap_err();
        let LedgerError::Invalid { fields } = error else { panic!("{error}") };
        assert_eq!(fields[0].path, "/name");
    }
    ledger.invite(&owner, &"가".repeat(64), Role::Viewer).await.unwrap();
    assert_eq!(ledger.users(&owner).await.unwrap().len(), 2);
}

pub async fn the_last_owner_stays(place: Place) {
    let ledger = &place.ledger;
    let (owner, _) = place.owner().await;
    let id = owner.user_id.clone().unwrap();
    let demote = UserChange { role: Some(Role::Editor), disabled: None };
    let disable = UserChange { role: None, disabled: Some(true) };
    // Whoever never set a password is no owner to rely on.
    let (second, link) = ledger.invite(&owner, "lee", Role::Owner).await.unwrap();
    for change in [demote, disable] {
        let error = ledger.update_user(&owner, &id, change).await.unwrap_err();
        assert!(matches!(error, LedgerError::LastOwner), "{error}");
    }
    assert!(ledger.setup_done().await.unwrap());
    ledger.redeem_link(&link.token, None, PASSWORD).await.unwrap();
    let user = ledger.update_user(&owner, &id, demote).await.unwrap();
    assert_eq!(user.role, Role::Editor);
    let error = ledger.update_user(&Actor::local_owner(), &second.id, disable).await.unwrap_err();
    assert!(matches!(error, LedgerError::LastOwner), "{error}");
    let error = ledger.update_user(&owner, "nobody", disable).await.unwrap_err();
    assert!(matches!(error, LedgerError::NotFound(_)), "{error}");
}

pub async fn of_two_owners_who_demote_each_other_one_stays(place: Place) {
    let (owner, _) = place.owner().await;
    let (second, _) = place.person(&owner, "lee", Role::Owner).await;
    let first_id = owner.user_id.clone().unwrap();
    let other_node = place.second_node().await;
    let demote = UserChange { role: Some(Role::Viewer), disabled: None };
    let second_actor = Actor::from(&second);
    let (one, two) = tokio::join!(
        place.ledger.update_user(&owner, &second.id, demote),
        other_node.update_user(&second_actor, &first_id, demote),
    );
    let errors: Vec<_> = [one, two].into_iter().filter_map(Result::err).collect();
    assert!(matches!(errors.as_slice(), [LedgerError::LastOwner]), "{errors:?}");
    assert!(place.ledger.setup_done().await.unwrap());
    other_node.close().await;
}

pub async fn disabling_ends_sessions_links_and_keys(place: Place) {
    let ledger = &place.ledger;
    let (owner, _) = place.owner().await;
    let (user, session) = place.person(&owner, "lee", Role::Owner).await;
    let key =
        |name: &str, kind, role| NewKey { name: name.to_owned(), kind, role, expires_ms: None };
    let made_by_him = Actor::from(&user);
    let api =
        ledger.create_key(&made_by_him, key("ci", KeyKind::Api, Some(Role::Editor))).await.unwrap();
    let intake = ledger.create_key(&made_by_him, key("shop", KeyKind::Intake, None)).await.unwrap();
    let others =
        ledger.create_key(&owner, key("other", KeyKind::Api, Some(Role::Viewer))).await.unwrap();
    let link = ledger.new_password_link(&owner, &user.id).await.unwrap();
    let disabled = UserChange { role: None, disabled: Some(true) };
    assert!(ledger.update_user(&owner, &user.id, disabled).await.unwrap().disabled);
    assert_eq!(ledger.session(&session.token).await.unwrap(), None);
    assert_eq!(ledger.api_key(&api.secret).await.unwrap(), None);
    assert!(ledger.api_key(&others.secret).await.unwrap().is_some());
    // What sends telemetry goes on: it is the organization's, not his.
    assert!(ledger.intake_keys().check(&intake.secret, place.now_ms()));
    assert!(ledger.link(&link.token).await.is_err());
    let error = ledger.sign_in("lee", PASSWORD, address(1)).await.unwrap_err();
    assert!(matches!(error, LedgerError::WrongCredentials), "{error}");
    let error = ledger.new_password_link(&owner, &user.id).await.unwrap_err();
    assert!(matches!(error, LedgerError::Forbidden(_)), "{error}");
    let enabled = UserChange { role: None, disabled: Some(false) };
    ledger.update_user(&owner, &user.id, enabled).await.unwrap();
    ledger.sign_in("lee", PASSWORD, address(1)).await.unwrap();
    assert_eq!(ledger.session(&session.token).await.unwrap(), None);
}

pub async fn only_owners_decide_about_people(place: Place) {
    let ledger = &place.ledger;
    let (owner, _) = place.owner().await;
    let editor = actor("lee", Role::Editor);
    let id = owner.user_id.clone().unwrap();
    let errors = [
        ledger.users(&editor).await.unwrap_err(),
        ledger.invite(&editor, "park", Role::Owner).await.unwrap_err(),
        ledger.new_password_link(&editor, &id).await.unwrap_err(),
        ledger.update_user(&editor, &id, UserChange::default()).await.unwrap_err(),
        ledger.audit(&editor, None, 1).await.unwrap_err(),
        ledger.keys(&actor("lee", Role::Viewer)).await.unwrap_err(),
    ];
    for error in errors {
        assert!(matches!(error, LedgerError::Forbidden(_)), "{error}");
    }
}
