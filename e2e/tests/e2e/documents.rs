//! Documents through the API and as files.

use hannun_e2e::server::run;
use hannun_e2e::{Server, Session};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Output;

const VIEW: &str = "/documents/saved-view/slow-orders";

fn view(title: &str) -> Value {
    json!({"title": title, "lens": "query", "path": "/query", "sql": "SELECT 1"})
}

fn put(session: &Session, body: &Value, expected_revision: i64) -> hannun_e2e::Response {
    session.send("PUT", VIEW, Some(&json!({"body": body, "expected_revision": expected_revision})))
}

#[test]
fn two_people_editing_one_document_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let owner = Session::owner(&server, "owner");
    let editor = owner.invite("editor", "editor");
    let viewer = owner.invite("viewer", "viewer");
    let first = put(&owner, &view("느린 주문"), 0).json();
    assert_eq!((&first["revision"], &first["author"]), (&json!(1), &json!("owner")));
    assert_eq!(put(&viewer, &view("mine"), 1).status, 403);

    assert_eq!(put(&editor, &view("theirs"), 1).json()["revision"], json!(2));
    let conflict = put(&owner, &view("yours"), 1);
    assert_eq!((conflict.status, conflict.error_code()), (409, "conflict".to_owned()));
    assert_eq!(conflict.json()["current"]["body"], view("theirs"));
    assert_eq!(conflict.json()["current"]["author"], json!("editor"));
    assert_eq!(put(&owner, &view("yours"), 2).json()["revision"], json!(3));

    let restore = json!({"revision": 1, "expected_revision": 3});
    let restored = owner.send("POST", &format!("{VIEW}/restore"), Some(&restore)).json();
    assert_eq!((&restored["revision"], &restored["body"]), (&json!(4), &view("느린 주문")));
    let deleted = owner.send("DELETE", &format!("{VIEW}?expected_revision=4"), None);
    assert_eq!(deleted.status, 204);
    assert_eq!(owner.send("GET", VIEW, None).status, 404);
    let revisions = owner.get(&format!("{VIEW}/revisions"));
    let titles: Vec<_> =
        revisions.as_array().unwrap().iter().map(|it| &it["body"]["title"]).collect();
    assert_eq!(
        titles[1..],
        [&json!("느린 주문"), &json!("yours"), &json!("theirs"), &json!("느린 주문")]
    );
    assert_eq!(revisions[0]["deleted"], json!(true));
}

#[test]
fn a_document_that_breaks_its_schema_is_refused_by_field() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let owner = Session::owner(&server, "owner");
    let broken = json!({"title": 5, "lens": "query", "path": "/query", "colour": "red"});
    let answer = put(&owner, &broken, 0);
    assert_eq!((answer.status, answer.error_code()), (422, "invalid_document".to_owned()));
    let text = answer.json()["error"]["fields"].to_string();
    assert!(text.contains("/title") && text.contains("colour"), "{text}");
    assert_eq!(owner.send("GET", VIEW, None).status, 404);
    let unknown = owner.send("GET", "/documents/no-such-kind/x", None);
    assert_eq!(unknown.status, 404);
}

fn apply(data: &Path, files: &Path, more: &[&str]) -> Output {
    let mut arguments = vec!["apply", "-f", files.to_str().unwrap(), "--source", "team-a"];
    arguments.extend(["--data-dir", data.to_str().unwrap()]);
    arguments.extend(more);
    run(&arguments)
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

#[test]
fn a_folder_is_planned_applied_once_and_exported_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let files = folder.path().join("files");
    std::fs::create_dir(&files).unwrap();
    let yaml = "kind: saved-view\nid: slow-orders\nbody:\n  title: 느린 주문\n  lens: query\n  \
                path: /query\n---\nkind: saved-view\nid: errors\nbody: {title: \"no\", lens: query, \
                path: /query, sql: \"1.0\"}\n";
    std::fs::write(files.join("views.yaml"), yaml).unwrap();
    let server = Server::start(&data);
    let owner = Session::owner(&server, "owner");

    let planned = said(&apply(&data, &files, &["--plan"]));
    assert!(planned.contains("Planned: 2 to create"), "{planned}");
    assert_eq!(owner.get("/documents"), json!([]));
    assert!(said(&apply(&data, &files, &[])).contains("Applied: 2 to create"));
    let again = said(&apply(&data, &files, &[]));
    assert!(again.contains("0 to create, 0 to update, 0 to delete, 2 unchanged"), "{again}");
    assert_eq!(owner.get(VIEW)["revision"], json!(1));

    // Somebody changes one on the page: the plan tells who, and applying sets it right.
    assert_eq!(put(&owner, &view("changed"), 1).status, 200);
    let drift = said(&apply(&data, &files, &["--plan"]));
    assert!(drift.contains("drift:") && drift.contains("owner"), "{drift}");
    assert!(drift.contains("-") && drift.contains("느린 주문"), "{drift}");
    said(&apply(&data, &files, &[]));
    assert_eq!(owner.get(VIEW)["body"]["title"], json!("느린 주문"));

    // What is exported is what was applied, with the server and without it.
    let exported = folder.path().join("exported");
    let arguments =
        ["export", "--to", exported.to_str().unwrap(), "--data-dir", data.to_str().unwrap()];
    said(&run(&arguments));
    assert!(exported.join("saved-view/slow-orders.yaml").exists());
    server.stop();
    let unchanged = said(&apply(&data, &exported, &[]));
    assert!(unchanged.contains("2 unchanged"), "{unchanged}");

    std::fs::remove_file(exported.join("saved-view/errors.yaml")).unwrap();
    let pruned = said(&apply(&data, &exported, &["--prune"]));
    assert!(pruned.contains("1 to delete, 1 unchanged"), "{pruned}");

    std::fs::write(exported.join("broken.yaml"), "kind: saved-view\nid: x\nbody: {title: 1}\n")
        .unwrap();
    let refused = apply(&data, &exported, &[]);
    assert!(!refused.status.success());
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains("saved-view/x") && told.contains("title"), "{told}");
}
