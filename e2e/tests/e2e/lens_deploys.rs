//! Deploys through the API: which versions came, and what comparing them says, on telemetry whose
//! truth is known.

use hannun_e2e::{Server, ServerOptions, Session, now_ns, otlp};
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::{Span, Status, span};
use serde_json::{Value, json};

const MILLISECOND: u64 = 1_000_000;
const SECOND: u64 = 1000 * MILLISECOND;
const MINUTE: u64 = 60 * SECOND;

/// Requests of one endpoint, the same in every minute.
struct Load {
    endpoint: &'static str,
    /// Durations of the requests of each minute.
    durations_ms: Vec<u64>,
    /// The class of the error of the first so many of each minute.
    failures: (usize, &'static str),
}

fn load(endpoint: &'static str, durations_ms: impl IntoIterator<Item = u64>) -> Load {
    Load { endpoint, durations_ms: durations_ms.into_iter().collect(), failures: (0, "") }
}

/// Sends `minutes` minutes of a version of `shop`, from the beginning of a minute on.
fn send(server: &Server, version: &str, from_ns: u64, minutes: u64, loads: &[Load]) {
    assert_eq!(from_ns % MINUTE, 0);
    let mut spans = Vec::new();
    for minute in 0..minutes {
        for load in loads {
            for (index, ms) in load.durations_ms.iter().enumerate() {
                let start_ns = from_ns + minute * MINUTE + (1 + index as u64) * SECOND;
                let failure = (index < load.failures.0).then_some(load.failures.1);
                spans.push(request(
                    spans.len() as u64,
                    version,
                    start_ns,
                    load.endpoint,
                    *ms,
                    failure,
                ));
            }
        }
    }
    let mut resource = otlp::resource("shop");
    let attributes = &mut resource.as_mut().unwrap().attributes;
    attributes.push(otlp::attribute("service.version", version));
    attributes.push(otlp::attribute("deployment.environment.name", "production"));
    server.send_ok("traces", &otlp::traces_of(resource, spans));
}

fn request(
    id: u64,
    version: &str,
    start_ns: u64,
    endpoint: &str,
    ms: u64,
    failure: Option<&str>,
) -> Span {
    let (method, route) = endpoint.split_once(' ').unwrap();
    // Ids differ between versions and times.
    let seed = version.bytes().fold(start_ns, |seed, byte| seed.wrapping_mul(31) + u64::from(byte));
    let mut span = otlp::span(seed.wrapping_add(id) | 1, start_ns);
    span.end_time_unix_nano = start_ns + ms * MILLISECOND;
    span.attributes =
        vec![otlp::attribute("http.request.method", method), otlp::attribute("http.route", route)];
    if let Some(class) = failure {
        span.status = Some(Status { code: 2, message: String::new() });
        span.events = vec![span::Event {
            time_unix_nano: start_ns,
            name: "exception".to_owned(),
            attributes: vec![
                otlp::attribute("exception.type", class),
                otlp::attribute("exception.message", "it broke"),
            ],
            ..span::Event::default()
        }];
    }
    span
}

/// The beginning of a minute, so many minutes ago.
fn minutes_ago(minutes: u64) -> u64 {
    (now_ns() / MINUTE - minutes) * MINUTE
}

fn ms(ns: u64) -> u64 {
    ns / MILLISECOND
}

fn last_hours(hours: u64) -> String {
    let now_ms = ms(now_ns());
    format!("from_ms={}&to_ms={now_ms}", now_ms - hours * 3_600_000)
}

fn near(value: &Value, expected: f64, within: f64) {
    let found = value.as_f64().unwrap_or_else(|| panic!("{value} is no number"));
    assert!((found - expected).abs() <= within, "{found} is not {expected} ± {within}");
}

fn started() -> (tempfile::TempDir, Server, Session) {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&folder.path().join("data"));
    let owner = Session::owner(&server, "owner");
    (folder, server, owner)
}

fn endpoint<'a>(comparison: &'a Value, name: &str) -> &'a Value {
    let all = comparison["endpoints"].as_array().unwrap();
    all.iter().find(|it| it["endpoint"] == name).unwrap_or_else(|| panic!("{name}: {comparison}"))
}

#[test]
fn versions_that_came_are_deploys_with_what_they_changed() {
    let (_folder, server, owner) = started();
    let at = minutes_ago(100);
    let quick = || load("GET /carts", [10; 5]);
    send(&server, "1.0", at, 40, &[quick()]);
    // A canary with few requests, which the busiest version before 1.2 is not.
    send(&server, "1.1", at + 30 * MINUTE, 30, &[load("GET /carts", [10])]);
    send(&server, "1.0", at + 40 * MINUTE, 20, &[quick()]);
    let failing = Load { failures: (1, "Broken"), ..load("GET /carts", [40; 5]) };
    send(&server, "1.2", at + 60 * MINUTE, 10, &[failing]);
    server.send_ok("traces", &otlp::traces("unversioned", vec![otlp::span(1, at)]));

    let answer = owner.get(&format!("/deploys?{}", last_hours(2)));
    let deploys = answer["deploys"].as_array().unwrap();
    let names: Vec<_> = deploys.iter().map(|it| it["version"].as_str().unwrap()).collect();
    assert_eq!((names, &answer["truncated"]), (vec!["1.2", "1.1"], &json!(false)));
    let last = &deploys[0];
    assert_eq!(last["service"], "shop");
    assert_eq!(last["previous_version"], "1.0");
    assert_eq!(last["environments"], json!(["production"]));
    assert_eq!(last["at_ms"], ms(at + 60 * MINUTE + SECOND));
    assert_eq!(last["last_seen_ms"], ms(at + 69 * MINUTE));
    assert_eq!((&last["requests"], &last["error_percent"]), (&json!(50.0), &json!(20.0)));
    near(&last["p95_ms"], 40.0, 0.4);
    assert_eq!(last["previous_error_percent"], json!(0.0));
    near(&last["previous_p95_ms"], 10.0, 0.1);
    assert_eq!(deploys[1]["previous_version"], "1.0");

    let of = |more: &str| {
        let answer = owner.get(&format!("/deploys?{more}"));
        answer["deploys"].as_array().unwrap().len()
    };
    assert_eq!(of(&format!("{}&limit=1", last_hours(2))), 1);
    assert_eq!(of(&format!("{}&service=nobody", last_hours(2))), 0);
    assert_eq!(of(&format!("{}&environment=staging", last_hours(2))), 0);
    // 1.1 came before this time, and is no news in it.
    assert_eq!(of(&format!("from_ms={}", ms(at + 50 * MINUTE))), 1);
}

/// Two versions, ten minutes each.
#[test]
fn a_version_that_is_a_novel_hides_no_deploys() {
    let (_folder, server, owner) = started();
    let at = minutes_ago(60);
    for (minute, version) in [(0, "1.0"), (5, "1.1"), (10, &"9".repeat(300_000))] {
        send(&server, version, at + minute * MINUTE, 1, &[load("GET /carts", [10])]);
    }
    let answer = owner.get(&format!("/deploys?{}", last_hours(2)));
    let versions: Vec<_> =
        answer["deploys"].as_array().unwrap().iter().map(|it| &it["version"]).collect();
    assert_eq!(versions, [&json!("1.1")]);
}

fn send_versions(server: &Server) {
    let at = minutes_ago(60);
    // In every minute the same, so that all of a version prove as much as they are.
    let spread = |from: u64| from..from + 10;
    let few = || load("GET /few", [7; 2]);
    send(
        server,
        "a",
        at,
        10,
        &[
            load("GET /slower", spread(50)),
            load("GET /same", spread(50)),
            load("GET /small", spread(100)),
            Load { failures: (1, "Old"), ..load("GET /failing", [20; 10]) },
            few(),
            load("GET /gone", [5; 4]),
        ],
    );
    send(
        server,
        "b",
        at + 20 * MINUTE,
        10,
        &[
            load("GET /slower", spread(100)),
            load("GET /same", spread(50)),
            // Certainly 3 % slower, which matters to nobody.
            load("GET /small", spread(103)),
            Load { failures: (4, "New"), ..load("GET /failing", [20; 10]) },
            few(),
            load("GET /new", [5; 4]),
        ],
    );
}

fn has_the_numbers_of_the_tests(found: &Value) {
    let slower = endpoint(found, "GET /slower");
    let latency = &slower["latency"];
    assert_eq!(latency["method"], "mann_whitney_u");
    near(&latency["effect"], 104.0 / 54.0, 0.04);
    assert_eq!((&latency["significant"], &latency["relevant"]), (&json!(true), &json!(true)));
    assert!(latency["effect_low"].as_f64().unwrap() > 1.8);
    assert!(latency["effect_high"].as_f64().unwrap() < 2.1);
    near(&slower["base"]["p50_ms"], 54.0, 0.6);
    near(&slower["tail"]["effect"], 109.0 / 59.0, 0.04);

    // 10 of 100 against 40 of 100: z = 0.3 / √(0.25 × 0.75 × 2 / 100) = 4.899, and Newcombe's
    // interval of the difference.
    let errors = &endpoint(found, "GET /failing")["errors"];
    assert_eq!(errors["method"], "two_proportions");
    near(&errors["effect"], 30.0, 1e-9);
    near(&errors["p_value"], 9.634e-7, 1e-9);
    near(&errors["effect_low"], 18.279, 0.001);
    near(&errors["effect_high"], 40.774, 0.001);

    let small = endpoint(found, "GET /small");
    assert_eq!(small["latency"]["relevant"], false);
    let few = endpoint(found, "GET /few");
    assert_eq!(few["latency"]["p_value"], Value::Null);
    near(&few["latency"]["effect"], 1.0, 1e-9);
    assert_eq!(
        (&few["errors"]["method"], &few["errors"]["p_value"]),
        (&json!("fisher_exact"), &Value::Null)
    );
    near(&few["errors"]["effect_high"], 16.11, 0.01);
    let new = endpoint(found, "GET /new");
    assert_eq!(
        (&new["base"], &new["latency"], &new["errors"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!(new["other"]["requests"], json!(40.0));
}

fn has_the_error_classes(found: &Value) {
    let classes = found["error_classes"].as_array().unwrap();
    let told = |index: usize| {
        let class = &classes[index];
        (&class["error_type"], &class["status"], &class["base_count"], &class["other_count"])
    };
    assert_eq!(classes.len(), 2);
    assert_eq!(told(0), (&json!("New"), &json!("new"), &json!(0.0), &json!(40.0)));
    assert_eq!(told(1), (&json!("Old"), &json!("gone"), &json!(10.0), &json!(0.0)));
    assert_eq!(found["methods"]["requests_min"], json!(30.0));
}

#[test]
fn endpoints_of_two_versions_are_judged_with_the_numbers_of_the_tests() {
    let (_folder, server, owner) = started();
    send_versions(&server);
    let path = format!("/deploys/compare?{}&service=shop&base_version=a&version=b", last_hours(2));
    let found = owner.get(&path);
    assert_eq!(found["verdict"], "worse");
    let guilty = found["guilty_endpoints"].as_array().unwrap();
    assert_eq!(guilty.len(), 2, "{guilty:?}");
    assert!(guilty.contains(&json!("GET /slower")) && guilty.contains(&json!("GET /failing")));
    for (name, verdict) in [
        ("GET /slower", "worse"),
        ("GET /failing", "worse"),
        ("GET /same", "same"),
        ("GET /small", "same"),
        ("GET /few", "too_few"),
        ("GET /new", "new"),
        ("GET /gone", "gone"),
    ] {
        assert_eq!(endpoint(&found, name)["verdict"], verdict, "{name}: {found}");
    }
    // The period of a version without one is where it was seen.
    assert_eq!(
        found["base"]["to_ms"].as_u64().unwrap() - found["base"]["from_ms"].as_u64().unwrap(),
        600_000
    );
    assert_eq!(found["base"]["figures"]["requests"], json!(460.0));
    assert_eq!(found["other"]["spans"], json!(460.0));
    near(&found["base"]["figures"]["rate_per_second"], 460.0 / 600.0, 1e-9);

    has_the_numbers_of_the_tests(&found);
    has_the_error_classes(&found);
    // The other way round it got better, though an endpoint that is gone comes back.
    let back = format!("/deploys/compare?{}&service=shop&base_version=b&version=a", last_hours(2));
    let back = owner.get(&back);
    assert_eq!((&back["verdict"], &back["guilty_endpoints"]), (&json!("better"), &json!([])));
}

#[test]
fn periods_are_compared_to_the_second_and_few_requests_decide_nothing() {
    let (_folder, server, owner) = started();
    let at = minutes_ago(60);
    send(&server, "a", at, 10, &[load("GET /carts", [20; 6])]);
    send(&server, "a", at + 10 * MINUTE, 10, &[load("GET /carts", [80; 6])]);
    let compare = |base: (u64, u64), other: (u64, u64), more: &str| {
        owner.get(&format!(
            "/deploys/compare?service=shop&base_from_ms={}&base_to_ms={}&version_from_ms={}\
             &version_to_ms={}{more}",
            ms(base.0),
            ms(base.1),
            ms(other.0),
            ms(other.1)
        ))
    };
    let middle = at + 10 * MINUTE;
    let found = compare((at, middle), (middle, middle + 10 * MINUTE), "");
    assert_eq!(found["guilty_endpoints"], json!(["GET /carts"]));
    assert_eq!(found["base"]["version"], Value::Null);
    // From the third second of a minute to the third second of the last: requests at 1 to 6 s.
    let cut =
        compare((at + 3 * SECOND, middle - MINUTE + 3 * SECOND), (middle, middle + MINUTE), "");
    assert_eq!(cut["base"]["figures"]["requests"], json!(54.0));
    assert_eq!(cut["other"]["figures"]["requests"], json!(6.0));
    assert_eq!((&cut["verdict"], &cut["guilty_endpoints"]), (&json!("too_few"), &json!([])));
    near(&cut["endpoints"][0]["latency"]["effect"], 4.0, 0.1);
    // A version and a period on each side.
    let both = compare((at, middle), (middle, middle + 10 * MINUTE), "&base_version=a&version=a");
    assert_eq!(both["verdict"], "worse");
    let nobody = compare((at, middle), (middle, middle + MINUTE), "&version=b");
    assert_eq!(
        (&nobody["verdict"], &nobody["other"]["figures"]["requests"]),
        (&json!("too_few"), &json!(0.0))
    );
    assert_eq!(nobody["endpoints"][0]["verdict"], "gone");

    for wrong in
        ["base_version=a&version=a", "base_version=a", "version=a&base_from_ms=9&base_to_ms=8"]
    {
        let answer = owner.send("GET", &format!("/deploys/compare?service=shop&{wrong}"), None);
        assert_eq!(
            (answer.status, answer.error_code().as_str()),
            (400, "invalid_request"),
            "{wrong}"
        );
    }
    let hostile = "/deploys/compare?service='%20OR%20true--&base_version='--&version=%00";
    assert_eq!(owner.get(hostile)["verdict"], "too_few");
}

#[test]
fn sampled_requests_prove_what_was_stored_of_them() {
    let (_folder, server, owner) = started();
    let at = minutes_ago(60);
    for (version, from_ns, ms) in [("a", at, 20), ("b", at + 20 * MINUTE, 200)] {
        let spans = (0..20_u64).map(|id| {
            let start_ns = from_ns + id * 30 * SECOND;
            // One of sixteen is kept.
            Span {
                trace_state: "ot=th:f".to_owned(),
                ..request(id, version, start_ns, "GET /carts", ms, None)
            }
        });
        let mut resource = otlp::resource("shop");
        let attribute = otlp::attribute("service.version", version);
        resource.as_mut().unwrap().attributes.push(attribute);
        server.send_ok("traces", &otlp::traces_of(resource, spans.collect()));
    }
    let path = format!("/deploys/compare?{}&service=shop&base_version=a&version=b", last_hours(2));
    let found = owner.get(&path);
    assert_eq!(found["base"]["figures"]["requests"], json!(320.0));
    assert_eq!((&found["base"]["spans"], &found["verdict"]), (&json!(20.0), &json!("too_few")));
}

#[test]
fn a_batch_job_without_requests_is_compared_by_its_roots() {
    let (_folder, server, owner) = started();
    let at = minutes_ago(60);
    let integer = |value: i64| AnyValue { value: Some(any_value::Value::IntValue(value)) };
    for (version, from_ns, ms) in [("a", at, 20), ("b", at + 10 * MINUTE, 200)] {
        let mut spans = Vec::new();
        for id in 0..40_u64 {
            let mut run = request(id, version, from_ns + id * 15 * SECOND, "GET /x", ms, None);
            (run.kind, run.name) = (1, "nightly".to_owned());
            run.attributes = vec![KeyValue {
                key: "n".to_owned(),
                value: Some(integer(1)),
                ..KeyValue::default()
            }];
            let mut step = run.clone();
            step.parent_span_id.clone_from(&run.span_id);
            step.span_id = (u64::MAX - id).to_be_bytes().to_vec();
            spans.extend([run, step]);
        }
        let mut resource = otlp::resource("batch");
        let attribute = otlp::attribute("service.version", version);
        resource.as_mut().unwrap().attributes.push(attribute);
        server.send_ok("traces", &otlp::traces_of(resource, spans));
    }
    let path = format!("/deploys/compare?{}&service=batch&base_version=a&version=b", last_hours(2));
    let found = owner.get(&path);
    assert_eq!(found["base"]["figures"]["requests"], json!(40.0));
    assert_eq!(found["guilty_endpoints"], json!(["nightly"]));
}

fn are_those_of_the_shop(deploys: &[Value], truth: &Value) {
    // The shop counts the versions it began with, too.
    let all = truth["deploys"].as_array().unwrap();
    let is_first =
        |index: usize| all[..index].iter().all(|it| it["service"] != all[index]["service"]);
    let planned: Vec<&Value> =
        (0..all.len()).filter(|index| !is_first(*index)).map(|index| &all[index]).collect();
    assert_eq!(planned.len(), 7, "{truth}");
    let seen = |service: &Value, version: &Value| {
        deploys.iter().find(|it| it["service"] == *service && it["version"] == *version)
    };
    for deploy in &planned {
        let found = seen(&deploy["service"], &deploy["version"]);
        let found = found.unwrap_or_else(|| panic!("{deploy}: {deploys:?}"));
        let at_ms = deploy["at_nanos"].as_u64().unwrap() / MILLISECOND;
        let late_ms = found["at_ms"].as_u64().unwrap().saturating_sub(at_ms);
        assert!(found["at_ms"].as_u64().unwrap() >= at_ms && late_ms < 600_000, "{found}");
    }
    assert_eq!(deploys.len(), planned.len(), "{deploys:?}");
}

#[test]
fn the_bad_deploy_of_the_shop_is_guilty_of_one_endpoint_and_one_error() {
    let folder = tempfile::tempdir().unwrap();
    let until_seconds = now_ns() / (86_400 * SECOND) * 86_400 - 43_200;
    let until = until_seconds.to_string();
    let arguments =
        ["--scenario", "bad-deploy", "--orders-per-day", "1500", "--until", until.as_str()];
    let options = ServerOptions::demo(0.25, &arguments);
    let server = Server::start_with(&folder.path().join("data"), &options);
    let truth = server.shop_truth();
    let owner = Session::owner(&server, "owner");
    let milliseconds = |name: &str| truth[name].as_u64().unwrap() / MILLISECOND;
    let range = format!(
        "from_ms={}&to_ms={}",
        milliseconds("from_nanos"),
        milliseconds("until_nanos") + 60_000
    );

    let answer = owner.get(&format!("/deploys?{range}"));
    let deploys = answer["deploys"].as_array().unwrap();
    are_those_of_the_shop(deploys, &truth);
    let is_bad = |it: &&Value| it["service"] == "order" && it["version"] == "1.5.0";
    let bad = deploys.iter().find(is_bad).unwrap();
    assert_eq!(bad["previous_version"], "1.4.0");

    for deploy in deploys {
        let text = |name: &str| deploy[name].as_str().unwrap();
        let (service, version) = (text("service"), text("version"));
        let path = format!(
            "/deploys/compare?{range}&service={service}&base_version={}&version={version}",
            text("previous_version")
        );
        let found = owner.get(&path);
        let guilty = &found["guilty_endpoints"];
        if service == "gateway" {
            // It hands on what order does, since order was deployed.
            assert_eq!(*guilty, json!(["GET /orders/{no}"]), "{found}");
            let since_ms = endpoint(&found, "GET /orders/{no}")["since_ms"].as_i64().unwrap();
            assert!((since_ms - bad["at_ms"].as_i64().unwrap()).abs() < 1_800_000, "{found}");
            let meanwhile = found["meanwhile"].as_array().unwrap();
            assert_eq!(meanwhile.iter().filter(is_bad).count(), 1, "{found}");
            continue;
        }
        if (service, version) != ("order", "1.5.0") {
            assert_eq!(*guilty, json!([]), "{service} {version}: {found}");
            continue;
        }
        assert_eq!((guilty, &found["verdict"]), (&json!(["GET /orders/{no}"]), &json!("worse")));
        assert_eq!(endpoint(&found, "GET /orders/{no}")["since_ms"], Value::Null, "{found}");
        // Declined cards are rare enough to be new by chance, and its p-value says so.
        let is_new =
            |it: &&Value| it["status"] == "new" && it["adjusted_p_value"].as_f64().unwrap() < 0.05;
        let classes = found["error_classes"].as_array().unwrap().iter().filter(is_new);
        let new: Vec<_> =
            classes.map(|it| (&it["error_type"], it["other_count"].as_f64().unwrap())).collect();
        let count = truth["errors"]["order::TrackingMissing"].as_f64().unwrap();
        assert_eq!(new, [(&json!("order::TrackingMissing"), count)], "{found}");
    }
}
