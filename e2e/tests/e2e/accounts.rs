//! People, roles and keys through the API.

use hannun_e2e::session::PASSWORD;
use hannun_e2e::{Server, Session, now_ns, otlp};
use serde_json::{Value, json};

#[test]
fn a_link_makes_one_owner_who_invites_others_with_their_roles() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let stranger = Session::stranger(&server);
    assert_eq!(stranger.get("/session")["setup_done"], json!(false));
    assert_eq!(stranger.send("GET", "/status", None).status, 401);

    let link = server.owner_link();
    let mut owner = Session::stranger(&server);
    let weak = owner.redeem(&link, Some("지은"), "short");
    assert_eq!(weak.status, 422, "{}", weak.text());
    assert_eq!(weak.json()["error"]["fields"][0]["path"], json!("/password"));
    assert_eq!(owner.redeem(&link, Some("지은"), PASSWORD).status, 200);
    let again = Session::stranger(&server).redeem(&link, Some("mallory"), PASSWORD);
    assert_eq!((again.status, again.error_code()), (404, "not_found".to_owned()));

    let session = owner.get("/session");
    assert_eq!(session["user"]["name"], json!("지은"));
    assert_eq!(session["user"]["role"], json!("owner"));
    assert_eq!(session["setup_done"], json!(true));

    let viewer = owner.invite("viewer", "viewer");
    let editor = owner.invite("editor", "editor");
    for (who, path, status) in [
        (&viewer, "/status", 200),
        (&viewer, "/keys", 403),
        (&editor, "/keys", 200),
        (&editor, "/users", 403),
        (&viewer, "/users", 403),
        (&editor, "/audit", 403),
        (&owner, "/audit", 200),
    ] {
        assert_eq!(who.send("GET", path, None).status, status, "{path}");
    }
    let id = owner.get("/session")["user"]["id"].as_str().unwrap().to_owned();
    let last = owner.send("PATCH", &format!("/users/{id}"), Some(&json!({"role": "viewer"})));
    assert_eq!((last.status, last.error_code()), (409, "last_owner".to_owned()));

    let viewer_id = viewer.get("/session")["user"]["id"].as_str().unwrap().to_owned();
    // Who is meant by an id is no secret, what he may do is.
    let editor_id = editor.get("/session")["user"]["id"].clone();
    let names = json!([
        {"id": editor_id, "name": "editor"}, {"id": viewer_id, "name": "viewer"},
        {"id": id, "name": "지은"},
    ]);
    assert_eq!(viewer.get("/users/names"), names);
    assert_eq!(Session::stranger(&server).send("GET", "/users/names", None).status, 401);
    let disabled =
        owner.send("PATCH", &format!("/users/{viewer_id}"), Some(&json!({"disabled": true})));
    assert_eq!(disabled.json()["disabled"], json!(true));
    assert_eq!(viewer.send("GET", "/status", None).status, 401);
    assert_eq!(owner.get("/users/names"), names, "what he decided is still his");
    assert_eq!(Session::stranger(&server).sign_in("viewer", PASSWORD).status, 401);
}

#[test]
fn other_sites_cannot_use_a_session() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let owner = Session::owner(&server, "owner");
    let body = json!({"name": "stolen", "kind": "intake"});
    let mut without_token = owner.clone();
    without_token.csrf_token = None;
    let refused = without_token.send("POST", "/keys", Some(&body));
    assert_eq!((refused.status, refused.error_code()), (403, "csrf".to_owned()));
    let mut wrong_token = owner.clone();
    wrong_token.csrf_token = Some("A".repeat(43));
    assert_eq!(wrong_token.send("POST", "/keys", Some(&body)).status, 403);
    for site in ["cross-site", "same-site"] {
        let headers = [("sec-fetch-site", site)];
        assert_eq!(owner.send_with("POST", "/keys", Some(&body), &headers).status, 403, "{site}");
        let sign_in = json!({"name": "owner", "password": PASSWORD});
        let refused =
            Session::stranger(&server).send_with("POST", "/session", Some(&sign_in), &headers);
        assert_eq!(refused.status, 403, "{site}");
    }
    assert_eq!(owner.get("/keys"), json!([]));
    assert_eq!(owner.send("POST", "/keys", Some(&body)).status, 200);
}

#[test]
fn the_cookie_is_kept_from_scripts_and_ends_with_the_session() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    Session::owner(&server, "owner");
    let mut owner = Session::stranger(&server);
    let answer = owner.sign_in("OWNER", PASSWORD);
    let cookie = answer.header("set-cookie").unwrap().to_owned();
    assert!(cookie.starts_with("hannun_session="), "{cookie}");
    for attribute in ["HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(cookie.contains(attribute), "{cookie}");
    }
    assert_eq!(owner.send("DELETE", "/session", None).status, 204);
    assert_eq!(owner.send("GET", "/status", None).status, 401);
    assert_eq!(owner.get("/session")["user"], Value::Null);
}

#[test]
fn fifty_wrong_passwords_are_slowed_down_and_tell_nothing_about_names() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let signed_in = Session::owner(&server, "owner");
    for name in ["owner", "nobody"] {
        let mut statuses = Vec::new();
        for _ in 0..50 {
            let answer = Session::stranger(&server).sign_in(name, "wrong password");
            if answer.status == 429 {
                let seconds: u64 = answer.header("retry-after").unwrap().parse().unwrap();
                assert!((1..=900).contains(&seconds), "{seconds}");
            }
            statuses.push(answer.status);
        }
        assert!(statuses.iter().all(|status| matches!(status, 401 | 429)), "{statuses:?}");
        assert!(statuses[..5].iter().all(|status| *status == 401) || name == "nobody");
        assert!(statuses[40..].iter().all(|status| *status == 429), "{name}: {statuses:?}");
    }
    // Who is in stays in.
    assert_eq!(signed_in.send("GET", "/status", None).status, 200);
}

#[test]
fn keys_work_until_they_are_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let owner = Session::owner(&server, "owner");
    let make = |body: Value| {
        let answer = owner.send("POST", "/keys", Some(&body));
        assert_eq!(answer.status, 200, "{}", answer.text());
        let answer = answer.json();
        let id = answer["key"]["id"].as_str().unwrap().to_owned();
        (id, answer["secret"].as_str().unwrap().to_owned())
    };
    let (intake_id, intake) = make(json!({"name": "collector", "kind": "intake"}));
    let (api_id, api) = make(json!({"name": "reports", "kind": "api", "role": "viewer"}));
    let client = hannun_e2e::http::Client::default();
    let send = || {
        let spans = otlp::traces("keyed", vec![otlp::span(now_ns(), now_ns())]);
        let headers = [("content-type", "application/x-protobuf"), ("hannun-key", intake.as_str())];
        client.post(&server.otlp_url("traces"), &headers, &spans).unwrap().status
    };
    let bearer = format!("Bearer {api}");
    let ask = |method: &str, path: &str, body: Option<&[u8]>| {
        let url = format!("{}/api/v1{path}", server.base_url("http"));
        let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
        client.request(method, &url, &headers, body).unwrap().status
    };
    assert_eq!(send(), 200);
    assert_eq!(ask("GET", "/status", None), 200);
    assert_eq!(ask("POST", "/sql", Some(br#"{"query": "SELECT 1"}"#)), 200);
    let view =
        br#"{"body": {"title": "x", "lens": "query", "path": "/query"}, "expected_revision": 0}"#;
    assert_eq!(ask("PUT", "/documents/saved-view/x", Some(view)), 403);
    for id in [&intake_id, &api_id] {
        assert_eq!(owner.send("DELETE", &format!("/keys/{id}"), None).status, 204);
    }
    assert_eq!(send(), 401);
    assert_eq!(ask("GET", "/status", None), 401);
    let keys = owner.get("/keys");
    assert_eq!(keys.as_array().unwrap().len(), 2);
    assert!(keys.as_array().unwrap().iter().all(|key| key["revoked_ms"].is_i64()), "{keys}");
    assert!(!keys.to_string().contains(&intake), "a list tells no secret");
}
