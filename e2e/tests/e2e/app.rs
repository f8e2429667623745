//! The web app in a real browser, over the running demo and over an empty store.
//!
//! With `HANNUN_PICTURES` set to a folder, each view is left there as a picture.

use hannun_e2e::{Server, ServerOptions, Session, now_ns, otlp, tools};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};

const HOSTILE: &str =
    "<img src=x onerror=alert(1)><script>alert(2)</script>\"'><svg/onload=alert(3)>";
const HOSTILE_TRACE: u64 = 0xbad;
/// Days of business behind the pages: enough for every kind of request.
const HISTORY_DAYS: f64 = 0.05;
/// Two languages, two themes, two widths, and the narrowest width once.
const VIEWS: u64 = 9;
/// Pages of somebody who is signed in.
const PAGES: u64 = 49;
const WIDTHS: [u64; 3] = [WIDE, NARROW, NARROWEST];
const WIDE: u64 = 1440;
const NARROW: u64 = 390;
const NARROWEST: u64 = 360;

fn put_view(session: &Session, title: &str, expected_revision: u64) {
    let body = json!({"title": title, "lens": "query", "path": "/query", "sql": "SELECT 1"});
    let request = json!({"body": body, "expected_revision": expected_revision});
    let answer = session.send("PUT", "/documents/saved-view/shared", Some(&request));
    assert_eq!(answer.status, 200, "{}", answer.text());
}

fn send_hostile_spans(server: &Server) {
    let mut span = otlp::span(HOSTILE_TRACE, now_ns() - 1_000_000_000);
    span.name = HOSTILE.to_owned();
    span.attributes = vec![otlp::attribute("hostile", HOSTILE), otlp::attribute(HOSTILE, "key")];
    server.send_ok("traces", &otlp::traces(HOSTILE, vec![span]));
}

fn pages(server: &Server, facts: &Value) -> Option<Value> {
    let mut node = tools::browser_script("pages.mjs")?;
    node.arg(server.base_url("http")).arg(facts.to_string());
    Some(serde_json::from_str(&tools::output_of(&mut node)).unwrap())
}

/// Every page in one language, one theme and these widths.
fn every_page(language: &str, theme: &str, widths: &[u64]) {
    let folder = tempfile::tempdir().unwrap();
    let options = ServerOptions::demo(HISTORY_DAYS, &["--scenario", "calm"]);
    let server = Server::start_with(&folder.path().join("data"), &options);
    let owner = Session::owner(&server, "지은");
    owner.invite("민수", "viewer");
    put_view(&owner, "first", 0);
    put_view(&owner, "second", 1);
    let key = json!({"name": "collector-prod", "kind": "intake"});
    assert_eq!(owner.send("POST", "/keys", Some(&key)).status, 200);
    server.shop_truth();
    let trace = server
        .row("SELECT trace_id, count(*) AS n FROM spans GROUP BY trace_id ORDER BY n DESC LIMIT 1");
    let facts = json!({
        "cookie": owner.cookie, "traceId": trace["trace_id"], "document": "saved-view/shared",
        "widths": widths, "languages": [language], "themes": [theme],
    });
    let Some(checked) = pages(&server, &facts) else { return };
    let views = PAGES * u64::try_from(widths.len()).unwrap();
    assert_eq!(checked["pages"], json!(views), "{checked}");
    assert_eq!(checked["hangul"], json!(if language == "ko" { views } else { 0 }), "{checked}");
}

#[test]
fn every_page_is_right_in_english_and_light() {
    every_page("en", "light", &[WIDE, NARROW]);
}

#[test]
fn every_page_is_right_in_english_and_dark() {
    every_page("en", "dark", &[WIDE, NARROW]);
}

#[test]
fn every_page_is_right_in_korean_and_light() {
    every_page("ko", "light", &[WIDE, NARROW]);
}

#[test]
fn every_page_is_right_in_korean_and_dark() {
    every_page("ko", "dark", &[WIDE, NARROW]);
}

#[test]
fn every_page_fits_the_narrowest_window() {
    every_page("ko", "dark", &[NARROWEST]);
}

#[test]
fn strangers_are_asked_to_sign_in_in_both_languages_and_themes() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    // Nobody is a stranger before there is an owner.
    let _owner = Session::owner(&server, "owner");
    let Some(strangers) = pages(&server, &json!({"widths": WIDTHS})) else { return };
    assert_eq!(strangers["pages"], json!(VIEWS), "{strangers}");
}

/// Every page without any telemetry, in this language, these themes and this width.
fn an_empty_store(language: &str, themes: &[&str], width: u64) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let owner = Session::owner(&server, "owner");
    put_view(&owner, "first", 0);
    // A trace that is not stored is one of the empty states.
    let facts = json!({
        "cookie": owner.cookie, "traceId": format!("{:032x}", 1), "document": "saved-view/shared",
        "widths": [width], "languages": [language], "themes": themes, "empty": true,
    });
    let Some(checked) = pages(&server, &facts) else { return };
    let views = PAGES * u64::try_from(themes.len()).unwrap();
    assert_eq!(checked["pages"], json!(views), "{checked}");
}

#[test]
fn an_empty_store_says_how_to_send_the_first_data_in_english() {
    an_empty_store("en", &["light", "dark"], WIDE);
}

#[test]
fn an_empty_store_says_how_to_send_the_first_data_in_korean() {
    an_empty_store("ko", &["light", "dark"], WIDE);
}

#[test]
fn an_empty_store_fits_the_narrowest_window() {
    an_empty_store("ko", &["dark"], NARROWEST);
}

#[test]
fn people_work_and_others_get_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let server = Server::start(&data);
    let owner = Session::owner(&server, "prepare");
    put_view(&owner, "first", 0);
    put_view(&owner, "second", 1);
    let viewer = owner.invite("viewer", "viewer");
    send_hostile_spans(&server);
    let facts = json!({
        "ownerLink": server.owner_link(),
        "viewerCookie": viewer.cookie,
        "hostile": HOSTILE,
        "hostileTraceId": server.row("SELECT trace_id FROM spans")["trace_id"],
        "view": {"kind": "saved-view", "id": "shared"},
    });
    let Some(mut node) = tools::browser_script("flows.mjs") else { return };
    node.arg(server.base_url("http")).arg(facts.to_string());
    let last = converse(&mut node, server, &owner, &data);
    assert_eq!(last["done"].as_array().unwrap().len(), 11, "{last}");
    assert!(last["secret"].as_str().unwrap().starts_with("hik_"), "{last}");
}

/// Does what the script asks for; the last line that it prints.
fn converse(node: &mut Command, server: Server, owner: &Session, data: &Path) -> Value {
    let mut child =
        node.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut answers = child.stdin.take().unwrap();
    let listen = format!("--listen={}", server.address("http"));
    let mut server = Some(server);
    let mut last = String::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        last = line.unwrap();
        match last.as_str() {
            "change the document" => put_view(owner, "theirs", 3),
            "stop the server" => server.take().unwrap().stop(),
            "start the server" => {
                server = Some(Server::start_with(data, &ServerOptions::with(&[&listen])));
            }
            _ => continue,
        }
        writeln!(answers, "done").unwrap();
    }
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{last}\n{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_str(&last).unwrap()
}
