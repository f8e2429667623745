//! The service catalog through the API and the command line: definitions of every version, services
//! that are seen, and what is wrong with their tags.

use hannun_e2e::server::run;
use hannun_e2e::{Server, Session, now_ns, otlp};
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::InstrumentationScope;
use opentelemetry_proto::tonic::logs::v1::{ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span};
use prost::Message;
use serde_json::{Value, json};
use std::path::Path;
use std::process::Output;

const SECOND: u64 = 1_000_000_000;
const HOUR_MS: u64 = 3_600_000;
const CLIENT: i32 = 3;

const V2: &str = "schema-version: v2\ndd-service: legacy\nteam: platform\ncontacts:\n  - type: email\n    \
                  contact: platform@shop.example\nrepos:\n  - name: Code\n    url: https://git.example/legacy\n";
const V2_1: &str =
    "schema-version: v2.1\ndd-service: menu\nteam: kitchen\ntier: tier2\nlifecycle: production\n";
const V2_2: &str = "schema-version: v2.2\ndd-service: order\nteam: checkout\ndescription: 주문을 받는다\ntier: \
                    \"1\"\nlifecycle: production\ntype: web\nlanguages: [rust]\ncontacts:\n  - name: Channel\n    \
                    type: slack\n    contact: https://chat.example/checkout\nlinks:\n  - name: Runbook\n    \
                    type: runbook\n    url: https://wiki.example/order\ntags: [\"area:shop\"]\nextensions:\n  \
                    ours: {anything: [1]}\n";
const V3: &str = "apiVersion: v3\nkind: service\nmetadata:\n  name: cart\n  displayName: Basket\n  owner: \
                  checkout\n  contacts:\n    - type: email\n      contact: cart@shop.example\nspec:\n  \
                  dependsOn: [\"service:menu\", \"datastore:carts\"]\n---\napiVersion: v3\nkind: datastore\n\
                  metadata:\n  name: carts\n  owner: platform\nspec:\n  type: redis\n";
const V1: &str = "info:\n  dd-service: oldest\n  service-tier: \"3\"\norg:\n  team: platform\n";

struct Lens {
    folder: tempfile::TempDir,
    server: Server,
    owner: Session,
    /// The hour around now.
    range: String,
}

impl Lens {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(&folder.path().join("data"));
        let owner = Session::owner(&server, "owner");
        let now_ms = now_ns() / 1_000_000;
        let range = format!("from_ms={}&to_ms={}", now_ms - HOUR_MS, now_ms + HOUR_MS);
        Self { folder, server, owner, range }
    }

    fn get(&self, path: &str) -> Value {
        let separator = if path.contains('?') { '&' } else { '?' };
        self.owner.get(&format!("/catalog{path}{separator}{}", self.range))
    }

    fn put(&self, id: &str, definition: &Value) {
        let answer = put(&self.owner, id, definition);
        assert_eq!(answer.status, 200, "{}", answer.text());
    }

    fn apply(&self, files: &Path, more: &[&str]) -> Output {
        let data = self.folder.path().join("data");
        let mut arguments = vec!["apply", "-f", files.to_str().unwrap()];
        arguments.extend(["--data-dir", data.to_str().unwrap()]);
        arguments.extend(more);
        run(&arguments)
    }

    fn spans(&self, resource: &[(&str, &str)], spans: Vec<Span>) {
        self.server.send_ok("traces", &otlp::traces_of(resource_of(resource), spans));
    }

    fn logs(&self, resource: &[(&str, &str)], scope: &str, count: u64) {
        let scope =
            InstrumentationScope { name: scope.to_owned(), ..InstrumentationScope::default() };
        let log_records = (0..count).map(|id| otlp::log(id, now_ns())).collect();
        let scope_logs =
            vec![ScopeLogs { scope: Some(scope), log_records, ..ScopeLogs::default() }];
        let resource = resource_of(resource);
        let resource_logs = vec![ResourceLogs { resource, scope_logs, ..ResourceLogs::default() }];
        self.server.send_ok("logs", &ExportLogsServiceRequest { resource_logs }.encode_to_vec());
    }

    /// Findings of a rule: subject, rows, team and where it is mended.
    fn findings(&self, rule: &str) -> Vec<(String, f64, Option<String>, String)> {
        let answer = self.get(&format!("/hygiene?rule={rule}"));
        let told = |it: &Value| {
            assert_eq!(it["rule"], rule, "{it}");
            let text = |name: &str| it[name].as_str().map(str::to_owned);
            let rows = it["rows"].as_f64().unwrap();
            (text("subject").unwrap(), rows, text("team"), text("where_to_fix").unwrap())
        };
        answer["findings"].as_array().unwrap().iter().map(told).collect()
    }
}

fn put(session: &Session, id: &str, definition: &Value) -> hannun_e2e::Response {
    let path = format!("/documents/service-definition/{id}");
    session.send("PUT", &path, Some(&json!({"body": definition, "expected_revision": 0})))
}

fn resource_of(attributes: &[(&str, &str)]) -> Option<Resource> {
    let attributes = attributes.iter().map(|(key, value)| otlp::attribute(key, value)).collect();
    Some(Resource { attributes, ..Resource::default() })
}

fn spans(first_id: u64, count: u64) -> Vec<Span> {
    (0..count).map(|n| otlp::span(first_id + n, now_ns() - 60 * SECOND)).collect()
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn names(list: &Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|it| it["name"].as_str().unwrap()).collect()
}

fn finding(
    subject: &str,
    rows: f64,
    team: Option<&str>,
    place: &str,
) -> (String, f64, Option<String>, String) {
    (subject.to_owned(), rows, team.map(str::to_owned), place.to_owned())
}

/// A folder of definitions as teams have them, and one file of a team that has only that.
fn write_definitions(folder: &Path) {
    std::fs::create_dir_all(folder.join("legacy")).unwrap();
    std::fs::write(folder.join("legacy/service.datadog.yaml"), V2).unwrap();
    std::fs::write(folder.join("services.yaml"), format!("{V2_1}---\n{V2_2}---\n{V1}")).unwrap();
    std::fs::write(folder.join("entity.datadog.yaml"), V3).unwrap();
    let view = "kind: saved-view\nid: slow\nbody: {title: Slow, lens: query, path: /query}\n";
    std::fs::write(folder.join("view.yaml"), view).unwrap();
}

#[test]
fn definitions_of_every_version_are_applied_as_they_are_and_come_back() {
    let lens = Lens::new();
    let files = lens.folder.path().join("catalog");
    write_definitions(&files);
    let planned = said(&lens.apply(&files, &["--plan"]));
    assert!(planned.contains("Planned: 7 to create"), "{planned}");
    assert!(
        planned.contains("+ service-definition/order") && planned.contains("dd-service: order")
    );
    assert!(lens.get("")["services"].as_array().unwrap().is_empty());
    assert!(said(&lens.apply(&files, &[])).contains("Applied: 7 to create"));
    assert!(said(&lens.apply(&files, &[])).contains("0 to delete, 7 unchanged"));

    let catalog = lens.get("");
    let expected = ["cart", "datastore:carts", "legacy", "menu", "oldest", "order"];
    assert_eq!(names(&catalog["services"]), expected);
    assert_eq!((&catalog["declared"], &catalog["unseen"]), (&json!(6), &json!(5)));
    assert_eq!(catalog["teams"], json!(["checkout", "kitchen", "platform"]));
    let versions: Vec<_> =
        catalog["services"].as_array().unwrap().iter().map(|it| &it["schema_version"]).collect();
    assert_eq!(versions, ["v3", "v3", "v2", "v2.1", "v2.2", "v2.2"]);
    let order = &catalog["services"][5];
    for (field, value) in [
        ("team", json!("checkout")),
        ("tier", json!("1")),
        ("lifecycle", json!("production")),
        ("type", json!("web")),
        ("languages", json!(["rust"])),
        ("description", json!("주문을 받는다")),
        ("managed_by", json!("catalog")),
        ("document_id", json!("order")),
        ("seen", json!(false)),
        ("figures", json!(null)),
        ("tags", json!(["area:shop"])),
    ] {
        assert_eq!(order[field], value, "{field}");
    }
    assert_eq!(order["contacts"][0]["type"], "slack");
    assert_eq!(order["links"][0]["url"], "https://wiki.example/order");
    assert_eq!(names(&lens.get("?query=basket")["services"]), ["cart"]);
    assert_eq!(names(&lens.get("?team=platform&only=unseen")["services"]), ["legacy", "oldest"]);
    let cart = lens.get("/services/cart");
    assert_eq!(cart["depends_on"], json!(["datastore:carts", "menu"]));
    assert_eq!(lens.get("/services/menu")["dependency_of"], json!(["cart"]));
    the_files_come_back(&lens, &files);
}

/// What is exported is what was applied; one file is a source of its own.
fn the_files_come_back(lens: &Lens, files: &Path) {
    let exported = lens.folder.path().join("exported");
    let data = lens.folder.path().join("data");
    let arguments = ["export", "--kind", "service-definition", "--to", exported.to_str().unwrap()];
    said(&run(&[&arguments[..], &["--data-dir", data.to_str().unwrap()]].concat()));
    let yaml = std::fs::read_to_string(exported.join("service-definition/order.yaml")).unwrap();
    assert!(yaml.contains("schema-version: v2.2") && yaml.contains("anything:"), "{yaml}");
    let again = said(&lens.apply(&exported, &["--source", "catalog"]));
    assert!(again.contains("0 to update, 0 to delete, 6 unchanged"), "{again}");

    let one = files.join("entity.datadog.yaml");
    let single = format!("{V3}---\nschema-version: v2.2\ndd-service: mail\n");
    std::fs::write(&one, single).unwrap();
    let applied = said(&lens.apply(&one, &[]));
    assert!(applied.contains("1 to create, 0 to update, 0 to delete, 2 unchanged"), "{applied}");
    assert_eq!(lens.get("/services/mail")["service"]["managed_by"], "catalog/entity.datadog.yaml");
    // Pruning takes what left the files of this source, and nothing of another one.
    std::fs::write(&one, V3).unwrap();
    let pruned = said(&lens.apply(&one, &["--prune"]));
    assert!(pruned.contains("1 to delete, 2 unchanged"), "{pruned}");
    std::fs::remove_file(files.join("legacy/service.datadog.yaml")).unwrap();
    let pruned = said(&lens.apply(files, &["--prune"]));
    assert!(pruned.contains("- service-definition/legacy"), "{pruned}");
    assert_eq!(lens.owner.send("GET", "/documents/service-definition/legacy", None).status, 404);
}

#[test]
fn a_wrong_definition_is_refused_with_its_file_and_line() {
    let lens = Lens::new();
    let file = lens.folder.path().join("service.datadog.yaml");
    let refused = |text: &str| {
        std::fs::write(&file, text).unwrap();
        let output = lens.apply(&file, &[]);
        assert!(!output.status.success());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let told = refused("schema-version: v2.2\ndd-service: a\nowner: b\n");
    assert!(
        told.contains("service.datadog.yaml:3:1: /owner (line 3): unknown field `owner`"),
        "{told}"
    );
    let told = refused("dd-service: a\n");
    assert!(told.contains("use one of v2, v2.1, v2.2, or `apiVersion: v3`"), "{told}");
    let twice = format!("{V2_1}---\n{V2_1}");
    assert!(refused(&twice).contains("service-definition/menu: given more than once"));
    assert!(refused("dd-service: [").contains("service.datadog.yaml:"));
    assert_eq!(lens.owner.get("/documents"), json!([]));

    // The editor is told the same, by line.
    let check = |text: &str| {
        let answer = lens.owner.send("POST", "/catalog/check", Some(&json!({"text": text})));
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    };
    let answer = check(&format!("{V2_2}---\nschema-version: v2.1\ndd-service: b\ntype: web\n"));
    assert_eq!(answer["services"][0]["document_id"], "order");
    assert_eq!(
        answer["services"][0]["definition"]["extensions"],
        json!({"ours": {"anything": [1]}})
    );
    assert_eq!(answer["problems"][0]["path"], "/type");
    assert_eq!(answer["problems"][0]["line"], V2_2.lines().count() + 4);
    assert_eq!(check(V1)["services"][0]["schema_version"], "v2.2");
    let of_v1 =
        put(&lens.owner, "a", &json!({"schema-version": "v1", "info": {"dd-service": "a"}}));
    assert_eq!(of_v1.status, 422);
    assert!(of_v1.text().contains("v2.2"), "{}", of_v1.text());
}

#[test]
fn everybody_reads_the_catalog_and_editors_write_it() {
    let lens = Lens::new();
    let viewer = lens.owner.invite("viewer", "viewer");
    let editor = lens.owner.invite("editor", "editor");
    let body = json!({"schema-version": "v2.2", "dd-service": "order", "team": "checkout"});
    let refused = put(&viewer, "order", &body);
    assert_eq!((refused.status, refused.error_code()), (403, "forbidden".to_owned()));
    assert_eq!(put(&editor, "order", &body).status, 200);
    for path in ["", "/services/order", "/hygiene"] {
        let answer = viewer.send("GET", &format!("/catalog{path}?{}", lens.range), None);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        let stranger = Session::stranger(&lens.server);
        assert_eq!(stranger.send("GET", &format!("/catalog{path}"), None).status, 401, "{path}");
    }
    let text = json!({"text": V2_2});
    assert_eq!(viewer.send("POST", "/catalog/check", Some(&text)).status, 200);
    for bad in ["?only=some", "/hygiene?rule=colour", "?from_ms=5&to_ms=4"] {
        assert_eq!(viewer.send("GET", &format!("/catalog{bad}"), None).status, 400, "{bad}");
    }
    let long = format!("/catalog?query={}", "a".repeat(300));
    assert_eq!(viewer.send("GET", &long, None).status, 400);
    let missing = viewer.send("GET", "/catalog/services/nobody", None);
    assert_eq!((missing.status, missing.error_code()), (404, "not_found".to_owned()));
    let revisions = lens.owner.get("/documents/service-definition/order/revisions");
    assert_eq!(revisions[0]["author"], "editor");
}

/// Telemetry that is tagged as badly as the telemetry of many teams.
fn send_badly_tagged(lens: &Lens) {
    let good = [
        ("service.name", "order"),
        ("deployment.environment.name", "production"),
        ("service.version", "1.4.0"),
        ("host.name", "node-1"),
        ("telemetry.sdk.language", "rust"),
    ];
    let call = Span {
        kind: CLIENT,
        parent_span_id: 1_u64.to_be_bytes().to_vec(),
        ..otlp::span(2, now_ns() - 60 * SECOND)
    };
    let call = Span { trace_id: otlp::span(1, 0).trace_id, ..call };
    let called = Span {
        parent_span_id: 2_u64.to_be_bytes().to_vec(),
        ..otlp::span(3, now_ns() - 60 * SECOND)
    };
    let called = Span { trace_id: otlp::span(1, 0).trace_id, ..called };
    lens.spans(&good, [spans(1, 1), vec![call], spans(10, 18)].concat());
    let menu = [
        ("service.name", "menu"),
        ("deployment.environment.name", "none"),
        ("service.version", "2.0.0"),
        ("host.name", "node-1"),
    ];
    lens.spans(&menu, vec![called]);
    lens.spans(&menu, spans(40, 3));
    lens.spans(&[("service.name", "order"), ("host.name", "node-2")], spans(50, 5));
    let copy = [
        ("service.name", "Order"),
        ("deployment.environment.name", "production"),
        ("service.version", "1"),
    ];
    lens.spans(&copy, spans(60, 2));
    let in_name = [
        ("service.name", "menu-prod"),
        ("deployment.environment.name", "staging"),
        ("host.name", "node-1"),
    ];
    lens.logs(&in_name, "logger", 7);
    lens.logs(&[("service.name", "shipper"), ("host.name", "node-2")], "datadog.logs", 4);
}

#[test]
fn bad_tags_are_counted_exactly_and_told_to_whom_they_belong() {
    let lens = Lens::new();
    lens.put(
        "order",
        &json!({"schema-version": "v2.2", "dd-service": "order", "team": "checkout",
        "contacts": [{"type": "email", "contact": "a@shop.example"}]}),
    );
    lens.put("menu", &json!({"schema-version": "v2.1", "dd-service": "menu"}));
    lens.put(
        "gone",
        &json!({"schema-version": "v2", "dd-service": "gone", "team": "platform",
        "integrations": {"pagerduty": "https://shop.pagerduty.com/service-directory/P1"}}),
    );
    send_badly_tagged(&lens);

    assert_eq!(
        lens.findings("environment_missing"),
        [finding("order", 5.0, Some("checkout"), "sender"), finding("shipper", 4.0, None, "agent")]
    );
    assert_eq!(lens.findings("environment_none"), [finding("menu", 4.0, None, "sender")]);
    assert_eq!(
        lens.findings("version_missing"),
        [finding("order", 5.0, Some("checkout"), "sender")]
    );
    assert_eq!(
        lens.findings("near_duplicate_name"),
        [
            finding("menu-prod", 7.0, None, "sender"),
            finding("Order", 2.0, Some("checkout"), "sender")
        ]
    );
    assert_eq!(
        lens.findings("undeclared").into_iter().map(|it| it.0).collect::<Vec<_>>(),
        ["menu-prod", "shipper", "Order"]
    );
    assert_eq!(lens.findings("owner_missing"), [finding("menu", 4.0, None, "definition")]);
    assert_eq!(lens.findings("contact_missing"), [finding("menu", 4.0, None, "definition")]);
    assert_eq!(lens.findings("unseen"), [finding("gone", 0.0, Some("platform"), "definition")]);
    assert_eq!(
        lens.findings("host_environment_missing"),
        [
            finding("node-2", 9.0, Some("checkout"), "sender"),
            finding("node-1", 4.0, Some("checkout"), "sender")
        ]
    );
    assert_eq!(
        lens.findings("host_environment_mixed"),
        [finding("node-1", 7.0, Some("checkout"), "sender")]
    );
    // The counts are those of the rows.
    let rows = |condition: &str| {
        lens.server.number(&format!("SELECT count(*) AS n FROM spans WHERE {condition}"))
    };
    assert_eq!(rows("service_name = 'order' AND deployment_environment_name IS NULL"), 5);
    assert_eq!(rows("service_name = 'menu' AND deployment_environment_name = 'none'"), 4);
    the_rules_are_summed_up(&lens);
    the_catalog_shows_both(&lens);
}

fn the_rules_are_summed_up(lens: &Lens) {
    let answer = lens.get("/hygiene");
    assert_eq!((&answer["services_checked"], &answer["hosts_checked"]), (&json!(5), &json!(2)));
    assert_eq!(answer["truncated"], false);
    let rule = |name: &str| {
        let rules = answer["rules"].as_array().unwrap();
        rules.iter().find(|it| it["rule"] == name).unwrap().clone()
    };
    let missing = rule("environment_missing");
    assert_eq!((&missing["findings"], &missing["passed_percent"]), (&json!(2), &json!(60.0)));
    // Two of five services send no spans.
    assert_eq!(rule("version_missing")["subjects_checked"], 3);
    let of_team = lens.get("/hygiene?team=checkout");
    let findings = of_team["findings"].as_array().unwrap();
    assert!(findings.iter().all(|it| it["team"] == "checkout") && findings.len() == 6, "{of_team}");
    let share = |rule: &str| {
        lens.get(&format!("/hygiene?rule={rule}"))["findings"][0]["share_percent"].clone()
    };
    assert_eq!(share("environment_missing"), 20.0);
    assert_eq!(share("owner_missing"), json!(null));
    let alike = lens.get("/hygiene?rule=near_duplicate_name");
    assert_eq!(
        (&alike["findings"][0]["related"], &alike["findings"][0]["likeness"]),
        (&json!(["menu"]), &json!("environment"))
    );
}

fn the_catalog_shows_both(lens: &Lens) {
    let catalog = lens.get("");
    assert_eq!(
        names(&catalog["services"]),
        ["Order", "gone", "menu", "menu-prod", "order", "shipper"]
    );
    let counts = ["declared", "undeclared", "unseen"].map(|name| catalog[name].as_u64().unwrap());
    assert_eq!(counts, [3, 3, 1]);
    let entry = lens.get("/services/order");
    let order = &entry["service"];
    for (field, value) in [
        ("environments", json!(["none", "production"])),
        ("versions", json!(["1.4.0"])),
        ("languages", json!(["rust"])),
        ("signals", json!(["spans"])),
        ("findings", json!(2)),
        ("seen", json!(true)),
    ] {
        assert_eq!(order[field], value, "{field}");
    }
    // Its requests are its server spans, as on its own page.
    assert_eq!(order["figures"]["requests"], 24.0);
    assert_eq!(entry["hosts"], json!(["node-1", "node-2"]));
    assert_eq!(entry["depends_on"], json!(["menu"]));
    assert_eq!(entry["findings"].as_array().unwrap().len(), 2);
    assert!(entry["definition_yaml"].as_str().unwrap().contains("team: checkout\n"));
    assert_eq!(lens.get("/services/menu-prod")["service"]["signals"], json!(["logs"]));
    // An environment narrows what is seen, not what is wrong.
    let staging = lens.get("?environment=staging&only=undeclared");
    assert_eq!(names(&staging["services"]), ["menu-prod"]);
    let elsewhere = lens.get("/hygiene?rule=environment_none&environment=production");
    assert_eq!(elsewhere["findings"].as_array().unwrap().len(), 1);
}

#[test]
fn ten_thousand_services_are_counted_whole_and_listed_in_part() {
    const SERVICES: u64 = 10_000;
    let lens = Lens::new();
    for first in (0..SERVICES).step_by(1000) {
        let resource_spans = (first..first + 1000)
            .map(|number| {
                let name = format!("service-{number:05}");
                let resource = resource_of(&[
                    ("service.name", &name),
                    ("host.name", &format!("h{}", number % 50)),
                ]);
                let spans = spans(number * 10 + 1, 1 + number % 2);
                let scope_spans = vec![ScopeSpans { spans, ..ScopeSpans::default() }];
                ResourceSpans { resource, scope_spans, ..ResourceSpans::default() }
            })
            .collect();
        lens.server
            .send_ok("traces", &ExportTraceServiceRequest { resource_spans }.encode_to_vec());
    }
    let begun = std::time::Instant::now();
    let catalog = lens.get("");
    let seconds = begun.elapsed().as_secs_f64();
    assert!(seconds < 30.0, "{seconds} s");
    assert_eq!((&catalog["undeclared"], &catalog["truncated"]), (&json!(SERVICES), &json!(true)));
    assert_eq!(catalog["services"].as_array().unwrap().len(), 5000);
    // Those with most telemetry are listed.
    assert_eq!(catalog["services"][0]["name"], "service-00001");
    let hygiene = lens.get("/hygiene?rule=environment_missing");
    let result =
        hygiene["rules"].as_array().unwrap().iter().find(|it| it["rule"] == "environment_missing");
    assert_eq!(result.unwrap()["findings"], json!(SERVICES));
    assert_eq!(hygiene["findings"].as_array().unwrap().len(), 5000);
    let hosts = lens.get("/hygiene?rule=host_environment_missing");
    assert_eq!(hosts["findings"].as_array().unwrap().len(), 50);
    assert_eq!(hosts["findings"][0]["rows"].as_f64(), Some(400.0));
    let one = lens.get("/services/service-09999");
    assert_eq!(
        (&one["hosts"], &one["service"]["figures"]["requests"]),
        (&json!(["h49"]), &json!(2.0))
    );
    assert_eq!(lens.get("?query=service-0999")["services"].as_array().unwrap().len(), 10);
}
