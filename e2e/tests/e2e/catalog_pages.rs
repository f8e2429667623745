//! The pages of the service catalog in a real browser, over the running demo, in both languages.
//!
//! With `HANNUN_PICTURES` set to a folder, what the flows look at is left there as pictures.

use hannun_e2e::server::run;
use hannun_e2e::{Server, ServerOptions, Session, now_ns, otlp, tools};
use opentelemetry_proto::tonic::resource::v1::Resource;
use serde_json::{Value, json};
use std::path::Path;

const HISTORY_DAYS: f64 = 0.05;
const FLOWS: usize = 10;
/// Of the shop, and declared by nobody.
const SERVICE: &str = "order";
/// Of the shop, and declared in files.
const MANAGED: &str = "dispatch";
const SOURCE: &str = "shop-repository";
const UNTAGGED: &str = "untagged";

/// Applies a definition as a team has it for Datadog.
fn apply_definition(folder: &Path, data: &Path) {
    let file = folder.join("service.datadog.yaml");
    let text = format!(
        "schema-version: v2.2\ndd-service: {MANAGED}\nteam: delivery\ntier: \"1\"\ncontacts:\n  \
         - type: email\n    contact: delivery@shop.example\n"
    );
    std::fs::write(&file, text).unwrap();
    let (file, data) = (file.to_str().unwrap(), data.to_str().unwrap());
    let applied = run(&["apply", "-f", file, "--source", SOURCE, "--data-dir", data]);
    assert!(applied.status.success(), "{}", String::from_utf8_lossy(&applied.stderr));
}

fn send_untagged_spans(server: &Server) {
    let attributes = vec![otlp::attribute("service.name", UNTAGGED)];
    let resource = Some(Resource { attributes, ..Resource::default() });
    let spans = (1..6).map(|id| otlp::span(id, now_ns() - 1_000_000_000)).collect();
    server.send_ok("traces", &otlp::traces_of(resource, spans));
}

fn people_find_whose_a_service_is_and_declare_it(language: &str) {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let options = ServerOptions::demo(HISTORY_DAYS, &["--scenario", "calm"]);
    let server = Server::start_with(&data, &options);
    let owner = Session::owner(&server, "지은");
    let viewer = owner.invite("민수", "viewer");
    server.shop_truth();
    apply_definition(folder.path(), &data);
    send_untagged_spans(&server);
    let facts = json!({
        "cookie": owner.cookie, "viewerCookie": viewer.cookie, "language": language,
        "service": SERVICE, "managed": MANAGED, "source": SOURCE, "untagged": UNTAGGED,
    });
    let Some(mut node) = tools::browser_script("catalog-flow.mjs") else { return };
    node.arg(server.base_url("http")).arg(facts.to_string());
    let done: Value = serde_json::from_str(&tools::output_of(&mut node)).unwrap();
    assert_eq!(done["done"].as_array().unwrap().len(), FLOWS, "{done}");
}

#[test]
fn people_find_whose_a_service_is_and_declare_it_in_english() {
    people_find_whose_a_service_is_and_declare_it("en");
}

#[test]
fn people_find_whose_a_service_is_and_declare_it_in_korean() {
    people_find_whose_a_service_is_and_declare_it("ko");
}
