//! Applying sets of documents.

use super::documents::{put, view};
use super::{Actor, Place, actor};
use hannun_ledger::{Action, Applied, Apply, FileDocument, LedgerError, Role};
use serde_json::{Value, json};

fn document(id: &str, body: Value) -> FileDocument {
    FileDocument { kind: "saved-view".to_owned(), id: id.to_owned(), body }
}

fn apply(source: &str, documents: &[FileDocument]) -> Apply {
    let (source, documents) = (source.to_owned(), documents.to_vec());
    Apply { source, documents, prune: true, plan_only: false }
}

fn key_of_git() -> Actor {
    actor("key git", Role::Editor)
}

/// Plans, applies, and gives both answers, which must agree.
async fn plan_and_apply(place: &Place, set: Apply) -> Applied {
    let before = place.ledger.export(None).await.unwrap();
    let plan = Apply { plan_only: true, ..set.clone() };
    let planned = place.ledger.apply(&key_of_git(), plan).await.unwrap();
    assert!(!planned.applied);
    assert_eq!(place.ledger.export(None).await.unwrap(), before, "a plan changes nothing");
    let applied = place.ledger.apply(&key_of_git(), set).await.unwrap();
    assert!(applied.applied);
    assert_eq!(applied.changes, planned.changes, "the plan says what applying does");
    applied
}

fn actions(applied: &Applied) -> Vec<(&str, Action)> {
    applied.changes.iter().map(|change| (change.id.as_str(), change.action)).collect()
}

pub async fn a_plan_says_what_applying_does_and_twice_changes_nothing(place: Place) {
    let ledger = &place.ledger;
    let lee = actor("lee", Role::Editor);
    ledger.put_document(&lee, put("b", view("old"), 0)).await.unwrap();
    ledger.put_document(&lee, put("c", view("c"), 0)).await.unwrap();
    let set = [document("a", view("a")), document("b", view("new")), document("c", view("c"))];
    let applied = plan_and_apply(&place, apply("git", &set)).await;
    let expected = [("a", Action::Create), ("b", Action::Update), ("c", Action::Unchanged)];
    assert_eq!(actions(&applied), expected);
    assert!(applied.changes.iter().all(|change| change.drift.is_none()));
    assert_eq!(
        applied.changes[1].diff,
        "--- saved-view/b revision 1\n+++ saved-view/b from git\n@@ -1,3 +1,3 @@\n lens: query\n \
         path: /query\n-title: old\n+title: new\n"
    );
    assert!(applied.changes[0].diff.contains("+title: a\n"), "{}", applied.changes[0].diff);
    assert_eq!(applied.changes[2].diff, "");
    let b = ledger.document("saved-view", "b").await.unwrap();
    assert_eq!((b.revision, b.author.as_str(), b.source.as_deref()), (2, "key git", Some("git")));
    assert_eq!(ledger.document("saved-view", "c").await.unwrap().revision, 1);
    let trail = place.trail().await;
    place.pass(1);
    let again = plan_and_apply(&place, apply("git", &set)).await;
    assert!(again.changes.iter().all(|change| change.action == Action::Unchanged));
    assert!(again.changes.iter().all(|change| change.drift.is_none()));
    assert_eq!(ledger.document("saved-view", "b").await.unwrap(), b);
    assert_eq!(place.trail().await, trail);
    assert_eq!(ledger.export(Some("saved-view")).await.unwrap(), set);
    // What was there already belongs to the source now as well.
    let pruned = plan_and_apply(&place, apply("git", &set[..2])).await;
    assert_eq!(actions(&pruned)[2], ("c", Action::Delete));
}

pub async fn pruning_deletes_only_what_the_source_applied(place: Place) {
    let ledger = &place.ledger;
    let lee = actor("lee", Role::Editor);
    ledger.put_document(&lee, put("by-hand", view("by hand"), 0)).await.unwrap();
    let both = [document("a", view("a")), document("b", view("b"))];
    plan_and_apply(&place, apply("git", &both)).await;
    plan_and_apply(&place, apply("other", &[document("theirs", view("theirs"))])).await;
    let kept = Apply { prune: false, ..apply("git", &both[..1]) };
    assert_eq!(actions(&plan_and_apply(&place, kept).await), [("a", Action::Unchanged)]);
    let pruned = plan_and_apply(&place, apply("git", &both[..1])).await;
    assert_eq!(actions(&pruned), [("a", Action::Unchanged), ("b", Action::Delete)]);
    assert!(pruned.changes[1].diff.contains("-title: b\n"), "{}", pruned.changes[1].diff);
    let ids: Vec<_> =
        ledger.export(None).await.unwrap().into_iter().map(|document| document.id).collect();
    assert_eq!(ids, ["a", "by-hand", "theirs"]);
    let again = plan_and_apply(&place, apply("git", &both[..1])).await;
    assert_eq!(actions(&again), [("a", Action::Unchanged)]);
    // What was deleted comes back as a new revision of the same document.
    let back = plan_and_apply(&place, apply("git", &both)).await;
    assert_eq!(actions(&back), [("a", Action::Unchanged), ("b", Action::Create)]);
    assert_eq!(ledger.document("saved-view", "b").await.unwrap().revision, 3);
}

pub async fn drift_says_who_and_when(place: Place) {
    let ledger = &place.ledger;
    let lee = actor("lee", Role::Editor);
    let set = [document("a", view("a")), document("b", view("b")), document("c", view("c"))];
    plan_and_apply(&place, apply("git", &set)).await;
    place.pass(61_000);
    ledger.put_document(&lee, put("a", view("by hand"), 1)).await.unwrap();
    ledger.delete_document(&lee, "saved-view", "b", 1).await.unwrap();
    ledger.put_document(&lee, put("c", view("by hand"), 1)).await.unwrap();
    ledger.put_document(&lee, put("c", view("c"), 2)).await.unwrap();
    let applied = plan_and_apply(&place, apply("git", &set)).await;
    let expected = [("a", Action::Update), ("b", Action::Create), ("c", Action::Unchanged)];
    assert_eq!(actions(&applied), expected);
    let drift: Vec<_> =
        applied.changes.iter().map(|change| change.drift.clone().unwrap()).collect();
    let text = |verb: &str| {
        format!("{verb} by lee at 2026-03-01T00:01:01Z, after `git` applied revision 1")
    };
    assert_eq!(drift, [text("changed"), text("deleted"), text("changed")]);
    assert_eq!(ledger.export(None).await.unwrap(), set);
    let again = plan_and_apply(&place, apply("git", &set)).await;
    assert!(again.changes.iter().all(|change| change.drift.is_none()), "{again:?}");
    // Pruning shows it as well.
    ledger.put_document(&lee, put("a", view("by hand"), 3)).await.unwrap();
    let pruned = plan_and_apply(&place, apply("git", &set[1..])).await;
    let deleted = pruned.changes.last().unwrap();
    assert_eq!((deleted.id.as_str(), deleted.action), ("a", Action::Delete));
    assert!(deleted.drift.as_deref().unwrap().contains("by lee"), "{:?}", deleted.drift);
}

pub async fn all_or_nothing_with_every_fault(place: Place) {
    let ledger = &place.ledger;
    let mut titled_wrong = view("x");
    titled_wrong["titel"] = json!("x");
    let set = [
        document("fine", view("fine")),
        document("wrong", titled_wrong),
        document("fine", view("again")),
        FileDocument { kind: "saved-veiw".to_owned(), ..document("b", view("b")) },
        document("B", json!({"title": 1})),
    ];
    let error = ledger.apply(&key_of_git(), apply("git", &set)).await.unwrap_err();
    let LedgerError::Invalid { fields } = error else { panic!("{error}") };
    let paths: Vec<_> = fields.iter().map(|fault| fault.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "saved-view/wrong/titel",
            "saved-view/fine",
            "saved-veiw/b/kind",
            "saved-view/B/id",
            "saved-view/B/lens",
            "saved-view/B/path",
            "saved-view/B/title",
        ]
    );
    // One document that the actor may not change: none is.
    let settings = FileDocument {
        kind: "display-settings".to_owned(),
        id: "somebody".to_owned(),
        body: json!({}),
    };
    let set = [document("fine", view("fine")), settings];
    let error = ledger.apply(&key_of_git(), apply("git", &set)).await.unwrap_err();
    assert!(matches!(error, LedgerError::Forbidden(_)), "{error}");
    for source in ["", "a\nb", &"x".repeat(129)] {
        let error = ledger.apply(&key_of_git(), apply(source, &[])).await.unwrap_err();
        assert!(matches!(error, LedgerError::Invalid { .. }), "{error}");
    }
    assert_eq!(ledger.export(None).await.unwrap(), []);
    assert_eq!(place.trail().await, []);
}

pub async fn sources_do_not_take_from_each_other(place: Place) {
    let ledger = &place.ledger;
    let shared = [document("a", view("a"))];
    plan_and_apply(&place, apply("one", &shared)).await;
    // The same document from elsewhere stays the first one's, so the second cannot prune it.
    let second = plan_and_apply(&place, apply("two", &shared)).await;
    assert_eq!(second.changes[0].drift, None);
    assert_eq!(plan_and_apply(&place, apply("two", &[])).await.changes, []);
    // Changing it is taking it, and the plan says from whom.
    let taken = plan_and_apply(&place, apply("two", &[document("a", view("two"))])).await;
    let drift = taken.changes[0].drift.as_deref().unwrap();
    assert!(drift.starts_with("belongs to the source `one`; last changed by key git"), "{drift}");
    assert_eq!(plan_and_apply(&place, apply("one", &[])).await.changes, []);
    assert_eq!(actions(&plan_and_apply(&place, apply("two", &[])).await), [("a", Action::Delete)]);
    assert_eq!(ledger.export(None).await.unwrap(), []);
}
