//! The pages of cost in a real browser, from no bill at all to a restated month, in both languages.
//!
//! With `HANNUN_PICTURES` set to a folder, what the flows look at is left there as pictures.

use hannun_e2e::{Server, Session, tools};
use serde_json::{Value, json};

const FLOWS: usize = 11;

fn finance_reads_the_bill(language: &str) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let owner = Session::owner(&server, "지은");
    let viewer = owner.invite("민수", "viewer");
    let facts = json!({
        "cookie": owner.cookie, "viewerCookie": viewer.cookie, "language": language,
    });
    let Some(mut node) = tools::browser_script("cost-flows.mjs") else { return };
    node.arg(server.base_url("http")).arg(facts.to_string());
    let done: Value = serde_json::from_str(&tools::output_of(&mut node)).unwrap();
    assert_eq!(done["done"].as_array().unwrap().len(), FLOWS, "{done}");
}

#[test]
fn finance_reads_the_bill_in_english() {
    finance_reads_the_bill("en");
}

#[test]
fn finance_reads_the_bill_in_korean() {
    finance_reads_the_bill("ko");
}
