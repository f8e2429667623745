//! Documents and their revisions.

use super::{Actor, Place, actor};
use hannun_ledger::{Document, LedgerError, Put, Role};
use hannun_model::limits::{AUDIT_ENTRIES_MAX, DOCUMENTS_PER_KIND_BYTES_MAX};
use serde_json::{Value, json};
use sqlx::{AnyConnection, Connection};

pub fn view(title: &str) -> Value {
    json!({"title": title, "lens": "query", "path": "/query"})
}

pub fn put(id: &str, body: Value, expected_revision: i64) -> Put {
    let (kind, id) = ("saved-view".to_owned(), id.to_owned());
    Put { kind, id, body, expected_revision, message: None }
}

fn titles(documents: &[Document]) -> Vec<&str> {
    documents.iter().map(|document| document.body["title"].as_str().unwrap()).collect()
}

pub async fn every_revision_is_kept(place: Place) {
    let ledger = &place.ledger;
    let (lee, park) = (actor("lee", Role::Editor), actor("park", Role::Editor));
    let first = ledger.put_document(&lee, put("a", view("느린 주문"), 0)).await.unwrap();
    let expected = Document {
        kind: "saved-view".to_owned(),
        id: "a".to_owned(),
        revision: 1,
        author: "lee".to_owned(),
        time_ms: place.now_ms(),
        message: None,
        source: None,
        deleted: false,
        body: view("느린 주문"),
    };
    assert_eq!(first, expected);
    place.pass(5);
    let message = Some("clearer".to_owned());
    let second = Put { message, ..put("a", view("two"), 1) };
    let second = ledger.put_document(&park, second).await.unwrap();
    assert_eq!((second.revision, second.author.as_str()), (2, "park"));
    assert_eq!(second.message.as_deref(), Some("clearer"));
    for number in 3..=250 {
        let body = view(&format!("title {number}"));
        ledger.put_document(&lee, put("a", body, number - 1)).await.unwrap();
    }
    ledger.put_document(&lee, put("0", view("zero"), 0)).await.unwrap();
    // By pages, nothing is missing.
    let latest = ledger.revisions("saved-view", "a", None).await.unwrap();
    assert_eq!((latest.len(), latest[0].revision, latest[199].revision), (200, 250, 51));
    let older = ledger.revisions("saved-view", "a", Some(51)).await.unwrap();
    assert_eq!(older.len(), 50);
    assert_eq!(older[48..], [second, first]);
    let listed = ledger.documents(Some("saved-view"), false).await.unwrap();
    assert_eq!(titles(&listed), ["zero", "title 250"]);
    assert_eq!(ledger.documents(None, false).await.unwrap(), listed);
    assert_eq!(ledger.documents(Some("display-settings"), false).await.unwrap(), []);
    for missing in [
        ledger.document("saved-view", "b").await.err(),
        ledger.revisions("saved-view", "b", None).await.err(),
        ledger.documents(Some("unknown"), false).await.err(),
        ledger.put_document(&lee, put("b", view("b"), 1)).await.err(),
        ledger.document("saved-view", "a\0").await.err(),
        ledger.delete_document(&lee, "saved-view", "a\0", 1).await.err(),
        ledger.revoke_key(&Actor::local_owner(), "a\0").await.err(),
        ledger.new_password_link(&Actor::local_owner(), "a\0").await.err(),
    ] {
        assert!(matches!(missing, Some(LedgerError::NotFound(_))), "{missing:?}");
    }
}

pub async fn of_two_writers_one_wins(place: Place) {
    let other_node = place.second_node().await;
    let (lee, park) = (actor("lee", Role::Editor), actor("park", Role::Editor));
    for revision in 0..20 {
        let (one, two) = tokio::join!(
            place.ledger.put_document(&lee, put("a", view(&format!("lee {revision}")), revision)),
            other_node.put_document(&park, put("a", view(&format!("park {revision}")), revision)),
        );
        let (winner, loser) = match (one, two) {
            (Ok(winner), Err(loser)) | (Err(loser), Ok(winner)) => (winner, loser),
            other => panic!("{other:?}"),
        };
        assert_eq!(winner.revision, revision + 1);
        let LedgerError::Conflict { current } = loser else { panic!("{loser}") };
        assert_eq!(*current, winner);
        assert_eq!(place.ledger.document("saved-view", "a").await.unwrap(), winner);
    }
    other_node.close().await;
}

pub async fn an_unchanged_body_adds_no_revision(place: Place) {
    let ledger = &place.ledger;
    let lee = actor("lee", Role::Editor);
    let first = ledger.put_document(&lee, put("a", view("a"), 0)).await.unwrap();
    place.pass(1);
    // Also as the repeated request of somebody who did not hear the first answer.
    for expected_revision in [1, 0] {
        let park = actor("park", Role::Editor);
        let again = ledger.put_document(&park, put("a", view("a"), expected_revision)).await;
        assert_eq!(again.unwrap(), first);
    }
    assert_eq!(ledger.revisions("saved-view", "a", None).await.unwrap(), [first]);
    assert_eq!(place.trail().await.len(), 1);
}

pub async fn a_deleted_document_can_be_restored(place: Place) {
    let ledger = &place.ledger;
    let lee = actor("lee", Role::Editor);
    ledger.put_document(&lee, put("a", view("one"), 0)).await.unwrap();
    ledger.put_document(&lee, put("a", view("two"), 1)).await.unwrap();
    let stale = ledger.delete_document(&lee, "saved-view", "a", 1).await.unwrap_err();
    assert!(matches!(stale, LedgerError::Conflict { current } if current.revision == 2));
    let deleted = ledger.delete_document(&lee, "saved-view", "a", 2).await.unwrap();
    assert_eq!((deleted.revision, deleted.deleted), (3, true));
    assert!(matches!(ledger.document("saved-view", "a").await, Err(LedgerError::NotFound(_))));
    assert_eq!(ledger.documents(Some("saved-view"), false).await.unwrap(), []);
    assert_eq!(ledger.documents(Some("saved-view"), true).await.unwrap(), [deleted]);
    let again = ledger.delete_document(&lee, "saved-view", "a", 3).await.unwrap_err();
    assert!(matches!(again, LedgerError::NotFound(_)), "{again}");

    let restore =
        |revision, expected| ledger.restore_document(&lee, "saved-view", "a", revision, expected);
    let stale = restore(1, 2).await.unwrap_err();
    assert!(matches!(stale, LedgerError::Conflict { current } if current.deleted));
    assert!(matches!(restore(9, 3).await, Err(LedgerError::NotFound(_))));
    assert!(matches!(restore(3, 3).await, Err(LedgerError::Invalid { .. })));
    let restored = restore(1, 3).await.unwrap();
    assert_eq!((restored.revision, &restored.body), (4, &view("one")));
    assert_eq!(restored.message.as_deref(), Some("restored revision 1"));
    assert_eq!(ledger.document("saved-view", "a").await.unwrap(), restored);
    // What is deleted is new to whoever does not look at it.
    ledger.delete_document(&lee, "saved-view", "a", 4).await.unwrap();
    let anew = ledger.put_document(&lee, put("a", view("one"), 0)).await.unwrap();
    assert_eq!(anew.revision, 6);
    let kept = ledger.revisions("saved-view", "a", None).await.unwrap();
    assert_eq!(titles(&kept), ["one", "one", "one", "two", "two", "one"]);
    let actions: Vec<_> = place.trail().await.into_iter().map(|(action, _)| action).collect();
    let expected = ["put", "put", "delete", "restore", "delete", "put"];
    assert_eq!(actions, expected.map(|action| format!("document.{action}")));
}

pub async fn faults_are_told_and_nothing_is_kept(place: Place) {
    let ledger = &place.ledger;
    let lee = actor("lee", Role::Editor);
    let paths = async |put: Put| match ledger.put_document(&lee, put).await.unwrap_err() {
        LedgerError::Invalid { fields } => {
            fields.into_iter().map(|fault| fault.path).collect::<Vec<_>>()
        }
        error => panic!("{error}"),
    };
    assert_eq!(paths(put("a", json!({"title": ""}), 0)).await, ["/lens", "/path", "/title"]);
    assert_eq!(paths(put("A b", view("a"), 0)).await, ["/id"]);
    let unknown = Put { kind: "unknown".to_owned(), ..put("a", view("a"), 0) };
    assert_eq!(paths(unknown).await, ["/kind"]);
    let told_off = Put { message: Some("a\u{0}".to_owned()), ..put("a", view("a"), 0) };
    assert_eq!(paths(told_off).await, ["/message"]);
    let mut large = view("a");
    large["sql"] = json!("x".repeat(200_000));
    assert_eq!(paths(put("a", large, 0)).await, ["/sql", ""]);
    assert_eq!(ledger.documents(None, false).await.unwrap(), []);
    assert_eq!(place.trail().await, []);
    // U+0000 is text as any other in a body.
    let odd = ledger.put_document(&lee, put("a", view("a\u{0}b"), 0)).await.unwrap();
    assert_eq!(ledger.document("saved-view", "a").await.unwrap(), odd);
}

pub async fn own_settings_are_everybodys_business_of_his_own(place: Place) {
    let ledger = &place.ledger;
    let viewer = |id: &str| Actor { user_id: Some(id.to_owned()), ..actor("lee", Role::Viewer) };
    let editor = Actor { user_id: Some("editor".to_owned()), ..actor("park", Role::Editor) };
    let settings = |id: &str| {
        let kind = "display-settings".to_owned();
        Put { kind, ..put(id, json!({"theme": "dark"}), 0) }
    };
    ledger.put_document(&viewer("lee"), settings("lee")).await.unwrap();
    ledger.put_document(&editor, settings("organization")).await.unwrap();
    ledger.put_document(&Actor::local_owner(), settings("park")).await.unwrap();
    for refused in [
        ledger.put_document(&viewer("lee"), settings("organization")).await,
        ledger.put_document(&viewer("lee"), settings("choi")).await,
        ledger.put_document(&editor, settings("choi")).await,
        ledger.put_document(&viewer("lee"), put("a", view("a"), 0)).await,
        ledger.delete_document(&editor, "display-settings", "lee", 1).await,
        ledger.restore_document(&editor, "display-settings", "lee", 1, 1).await,
    ] {
        assert!(matches!(refused, Err(LedgerError::Forbidden(_))), "{refused:?}");
    }
}

pub async fn the_audit_trail_is_paged(place: Place) {
    let ledger = &place.ledger;
    let lee = actor("lee", Role::Editor);
    for number in 0..7 {
        place.pass(1);
        ledger.put_document(&lee, put(&format!("v{number}"), view("a"), 0)).await.unwrap();
    }
    let owner = Actor::local_owner();
    let ids = async |before_id, limit| {
        let entries = ledger.audit(&owner, before_id, limit).await.unwrap();
        entries.into_iter().map(|entry| entry.id).collect::<Vec<_>>()
    };
    assert_eq!(ids(None, 3).await, [7, 6, 5]);
    assert_eq!(ids(Some(5), 100).await, [4, 3, 2, 1]);
    assert_eq!(ids(Some(1), 100).await, [0i64; 0]);
    let latest = &ledger.audit(&owner, None, 1).await.unwrap()[0];
    assert_eq!((latest.time_ms, latest.actor.as_str()), (place.now_ms(), "lee"));
    assert_eq!(
        (latest.action.as_str(), latest.subject.as_str()),
        ("document.put", "saved-view/v6")
    );
    assert_eq!(latest.detail, json!({"revision": 1, "message": null}));
}

pub async fn what_is_kept_of_the_audit_trail_is_limited(place: Place) {
    let ledger = &place.ledger;
    let lee = actor("lee", Role::Editor);
    for id in ["a", "b"] {
        ledger.put_document(&lee, put(id, view("a"), 0)).await.unwrap();
    }
    let mut connection = AnyConnection::connect(&place.url).await.unwrap();
    sqlx::query("UPDATE ledger_audit SET id = $1 WHERE id = 2")
        .bind(AUDIT_ENTRIES_MAX)
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    let subjects =
        async || place.trail().await.into_iter().map(|(_, subject)| subject).collect::<Vec<_>>();
    assert_eq!(subjects().await, ["saved-view/a", "saved-view/b"]);
    ledger.put_document(&lee, put("c", view("a"), 0)).await.unwrap();
    assert_eq!(subjects().await, ["saved-view/b", "saved-view/c"]);
}

pub async fn the_documents_of_a_kind_are_limited(place: Place) {
    let ledger = &place.ledger;
    let lee = actor("lee", Role::Editor);
    ledger.put_document(&lee, put("a", view("a"), 0)).await.unwrap();
    let mut connection = AnyConnection::connect(&place.url).await.unwrap();
    sqlx::query("UPDATE document_head SET body_bytes = $1")
        .bind(DOCUMENTS_PER_KIND_BYTES_MAX)
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    let full = ledger.put_document(&lee, put("b", view("b"), 0)).await.unwrap_err();
    let LedgerError::Invalid { fields } = full else { panic!("{full}") };
    assert!(fields[0].message.contains("delete some"), "{fields:?}");
    assert!(matches!(ledger.document("saved-view", "b").await, Err(LedgerError::NotFound(_))));
    // Making one smaller, or deleting it, makes room.
    ledger.put_document(&lee, put("a", view("b"), 1)).await.unwrap();
    ledger.put_document(&lee, put("b", view("b"), 0)).await.unwrap();
}
