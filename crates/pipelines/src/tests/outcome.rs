//! What each action does to records.

use super::*;

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

#[test]
fn json_becomes_attributes_with_their_types_and_the_severity() {
    let processor = processor(json!([{"action": "parse", "format": "json"}]));
    let body = r#"{"level":"warn","n":5,"ratio":0.5,"http.route":"/orders/{id}","user":{"id":"u1"},"tags":["a"]}"#;
    let rows = rows(&process(&processor, &[log(body)]), Table::Logs);
    assert_eq!(of(&rows[0], "body"), Some(body));
    assert_eq!(of(&rows[0], "severity_number"), Some("13"));
    assert_eq!(of(&rows[0], "@n"), Some("\u{2}5"));
    assert_eq!(of(&rows[0], "@ratio"), Some("\u{3}0.5"));
    assert_eq!(of(&rows[0], "http_route"), Some("/orders/{id}"), "it has a column");
    assert_eq!(of(&rows[0], "@http.route"), None);
    assert_eq!(of(&rows[0], "@user"), Some("\u{6}{\"id\":\"u1\"}"));
    assert_eq!(of(&rows[0], "record_bytes"), Some(body.len().to_string().as_str()));
}

#[test]
fn a_record_that_cannot_be_parsed_is_kept_marked_and_counted() {
    let rules = json!([{"name": "body", "action": "parse", "format": "json"},
        {"action": "remap", "set": {"@seen": "yes"}}]);
    let processor = processor(rules);
    let all = [log("plain"), log("{\"a\":1}"), log("{\"a\":"), log(&"[".repeat(100_000))];
    let rows = rows(&process(&processor, &all), Table::Logs);
    assert_eq!(rows.len(), 4);
    assert_eq!(of(&rows[0], "pipeline_error"), Some("test/body: not a JSON object"));
    assert_eq!(of(&rows[1], "pipeline_error"), None);
    assert!(of(&rows[2], "pipeline_error").unwrap().starts_with("test/body: not JSON: EOF"));
    assert!(rows.iter().all(|row| of(row, "@seen") == Some("yes")), "later rules go on");
    let counts = processor.status().pipelines[0].rules[0].counts;
    assert_eq!((counts.matched, counts.changed, counts.failed), (4, 1, 3));
}

#[test]
fn grok_dissect_regex_and_logfmt_find_fields() {
    let processor = processor(json!([
        {"action": "parse", "match": "access", "format": "grok", "pattern": "%{IP:ip} %{INT:n:int}", "target": "@web"},
        {"action": "parse", "match": "cut", "format": "dissect", "pattern": "cut %{a}:%{b}"},
        {"action": "parse", "match": "took", "format": "regex", "pattern": "took (?<ms>[0-9]+)"},
        {"action": "parse", "match": "took", "format": "logfmt", "field": "@line", "keep_source": false},
    ]));
    let with_line =
        Log { attributes: vec![("line", text("k=1 level=error"))], ..log("took 15 ms") };
    let all = [log("access 10.0.0.1 7"), log("cut x:y"), with_line];
    let rows = rows(&process(&processor, &all), Table::Logs);
    assert_eq!(
        (of(&rows[0], "@web.ip"), of(&rows[0], "@web.n")),
        (Some("10.0.0.1"), Some("\u{2}7"))
    );
    assert_eq!((of(&rows[1], "@a"), of(&rows[1], "@b")), (Some("x"), Some("y")));
    assert_eq!((of(&rows[2], "@ms"), of(&rows[2], "@k")), (Some("15"), Some("\u{2}1")));
    assert_eq!((of(&rows[2], "@line"), of(&rows[2], "severity_number")), (None, Some("17")));
}

#[test]
fn remap_sets_renames_and_removes() {
    let processor = processor(json!([{
        "action": "remap",
        "set": {"service": "{@app}-{env}", "status": "critical", "@copy": "{@n}", "message": "{@app}: {message}"},
        "rename": {"@n": "@number", "@none": "@x"},
        "remove": ["@user.id", "@gone"],
    }, {"action": "drop", "match": "service:shop-prod"}]));
    let user = Value::Map(vec![("id".to_owned(), text("u1")), ("b".to_owned(), Value::Int(1))]);
    let mut record = log("hello");
    record.attributes = vec![("app", text("shop")), ("n", Value::Int(5)), ("user", user)];
    let rows = rows(&process(&processor, &[record.clone()]), Table::Logs);
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    let error = of(row, "pipeline_error").unwrap();
    assert_eq!(error, "test/remap 1: there is no env", "and nothing else is changed");
    assert_eq!((of(row, "service_name"), of(row, "@copy")), (Some("order"), None));

    let rules = json!([{"action": "remap",
        "set": {"service": "{@app}", "status": "critical", "@copy": "{@n}", "message": "{@app}: {message}"},
        "rename": {"@n": "@number"}, "remove": ["@user.id"]}]);
    let rows = super::rows(&process(&super::processor(rules), &[record]), Table::Logs);
    let row = &rows[0];
    assert_eq!((of(row, "service_name"), of(row, "body")), (Some("shop"), Some("shop: hello")));
    assert_eq!(
        (of(row, "severity_number"), of(row, "severity_text")),
        (Some("18"), Some("critical"))
    );
    assert_eq!(
        (of(row, "@copy"), of(row, "@number"), of(row, "@n")),
        (Some("\u{2}5"), Some("\u{2}5"), None)
    );
    assert_eq!(of(row, "@user"), Some("\u{6}{\"b\":1}"));
}

#[test]
fn a_rule_sees_what_the_one_before_made() {
    let processor = processor(json!([
        {"action": "parse", "format": "json"},
        {"action": "drop", "match": "@http.status_code:<400"},
    ]));
    let all = [log(r#"{"http.status_code":200}"#), log(r#"{"http.status_code":"500"}"#)];
    let processed = process(&processor, &all);
    assert_eq!(bodies(&processed), [r#"{"http.status_code":"500"}"#]);
}

#[test]
fn redaction_reaches_the_message_attributes_and_their_columns() {
    let processor =
        processor(json!([{"action": "redact", "kinds": ["credit_card", "email", "password"]}]));
    let mut record = log("card 4111 1111 1111 1111 of kim@example.com");
    record.attributes = vec![
        ("http.route", text("/u/kim@example.com")),
        ("card", Value::Int(4_111_111_111_111_111)),
        ("db.password", text("hunter2")),
        ("n", Value::Int(7)),
    ];
    let rows = rows(&process(&processor, &[record, log("nothing here")]), Table::Logs);
    let row = &rows[0];
    assert_eq!(of(row, "body"), Some("card [redacted] of [redacted]"));
    assert_eq!(of(row, "http_route"), Some("/u/[redacted]"));
    assert_eq!(
        (of(row, "@card"), of(row, "@db.password")),
        (Some("[redacted]"), Some("[redacted]"))
    );
    assert_eq!(of(row, "@n"), Some("\u{2}7"));
    assert_eq!(of(&rows[1], "body"), Some("nothing here"));
    let counts = processor.status().pipelines[0].rules[0].counts;
    assert_eq!((counts.redactions, counts.changed, counts.matched), (5, 1, 2));
}

#[test]
fn redaction_keeps_to_the_fields_it_is_given() {
    let rules =
        json!([{"action": "redact", "kinds": ["email"], "fields": ["@to"], "replace": "***"}]);
    let mut record = log("from a@example.com");
    record.attributes = vec![("to", text("b@example.com")), ("cc", text("c@example.com"))];
    let rows = rows(&process(&processor(rules), &[record]), Table::Logs);
    let row = &rows[0];
    assert_eq!((of(row, "@to"), of(row, "@cc")), (Some("***"), Some("c@example.com")));
    assert_eq!(of(row, "body"), Some("from a@example.com"));
}

#[test]
fn redaction_finds_a_named_field_inside_json() {
    let rules = json!([{"action": "redact", "kinds": ["email"],
        "fields": ["@customer.email", "@orders.buyer.mail"]}]);
    let customer = Value::Map(vec![
        ("email".to_owned(), text("kim@x.com")),
        ("other".to_owned(), text("lee@x.com")),
    ]);
    let buyer = Value::Map(vec![("buyer.mail".to_owned(), text("kim@x.com"))]);
    let attributes = vec![
        ("customer", customer),
        ("customer.email", text("kim@x.com")),
        ("customers", text("lee@x.com")),
        ("orders", Value::Array(vec![buyer])),
    ];
    let record = Log { attributes, ..log("placed") };
    let rows = rows(&process(&processor(rules), &[record]), Table::Logs);
    let row = &rows[0];
    assert_eq!(
        of(row, "@customer"),
        Some("\u{6}{\"email\":\"[redacted]\",\"other\":\"lee@x.com\"}")
    );
    assert_eq!(of(row, "@customer.email"), Some("[redacted]"));
    assert_eq!(of(row, "@customers"), Some("lee@x.com"), "it is another attribute");
    assert_eq!(of(row, "@orders"), Some("\u{6}[{\"buyer.mail\":\"[redacted]\"}]"));
}

#[test]
fn redaction_finds_a_named_field_under_its_former_name() {
    for field in ["@http.url", "@url.full"] {
        let rules = json!([{"action": "redact", "kinds": ["email"], "fields": [field]}]);
        let sent = |key| Log { attributes: vec![(key, text("/u/kim@x.com"))], ..log("a") };
        let all = [sent("http.url"), sent("url.full")];
        let rows = rows(&process(&processor(rules), &all), Table::Logs);
        assert!(rows.iter().all(|row| of(row, "url_full") == Some("/u/[redacted]")), "{rows:?}");
    }
}

#[test]
fn secrets_are_found_by_the_names_of_attributes_also_inside_json() {
    let processor = processor(json!([{"action": "redact", "kinds": ["password"]}]));
    let one = |key: &'static str, value| Log { attributes: vec![(key, value)], ..log("a") };
    let headers = vec![("authorization".to_owned(), text("Basic a2ltOmh1bnRlcjI="))];
    let body = r#"{"user":{"accessToken":"abc"}}"#;
    let all = [
        one("accessToken", text("abc")),
        one("client_secret", text("abc")),
        one("db_password", text("abc")),
        one("http.request.header.x-api-key", Value::Array(vec![text("abc")])),
        one("headers", Value::Map(headers)),
        Log { is_json: true, ..log(body) },
    ];
    let rows = rows(&process(&processor, &all), Table::Logs);
    let keys = ["@accessToken", "@client_secret", "@db_password"];
    for (row, key) in rows.iter().zip(keys) {
        assert_eq!(of(row, key), Some("[redacted]"), "{key}");
    }
    let header = of(&rows[3], "@http.request.header.x-api-key");
    assert_eq!(header, Some("\u{6}[\"[redacted]\"]"));
    assert_eq!(of(&rows[4], "@headers"), Some("\u{6}{\"authorization\":\"[redacted]\"}"));
    assert_eq!(of(&rows[5], "body"), Some(r#"{"user":{"accessToken":"[redacted]"}}"#));
}

#[test]
fn redaction_of_all_attributes_reaches_those_of_the_resource() {
    let rules = json!([{"action": "redact", "kinds": ["email", "password"], "fields": ["@*"]}]);
    let processor = processor(rules);
    let resource = Some(r#"{"db.password":"hunter2","owner":"kim@x.com","team":"shop"}"#);
    let with = Log { resource, image: Some("kim@x.com/shop"), ..log("kim@x.com") };
    let rows = rows(&process(&processor, &[with.clone(), with, log("a")]), Table::Logs);
    for row in &rows[..2] {
        let redacted = r#"{"db.password":"[redacted]","owner":"[redacted]","team":"shop"}"#;
        assert_eq!(of(row, "resource_attributes"), Some(redacted));
        assert_eq!(of(row, "container_image_name"), Some("[redacted]/shop"));
        assert_eq!(of(row, "body"), Some("kim@x.com"), "the message was not named");
    }
    assert_eq!(of(&rows[2], "resource_attributes"), None);
    let counts = processor.status().pipelines[0].rules[0].counts;
    assert_eq!((counts.redactions, counts.changed), (6, 2));

    let rules = json!([{"action": "redact", "kinds": ["email"], "fields": ["message"]}]);
    let with = Log { resource: Some(r#"{"owner":"kim@x.com"}"#), ..log("kim@x.com") };
    let rows = super::rows(&process(&super::processor(rules), &[with]), Table::Logs);
    assert_eq!(of(&rows[0], "body"), Some("[redacted]"));
}

#[test]
fn a_record_that_two_rules_sampled_by_the_same_field_stands_for_the_stricter_one() {
    let processor = processor(json!([
        {"action": "sample", "keep_percent": 10},
        {"action": "sample", "keep_percent": 50},
        {"action": "sample", "keep_percent": 50, "by": "@user"},
    ]));
    let all: Vec<Log> = (0..2000)
        .map(|index| Log {
            // Every other record has no trace, and is chosen by itself.
            trace_id: (index % 2 == 0).then(|| format!("{index:032x}")),
            attributes: vec![("user", text(&format!("u{index}")))],
            ..log(&format!("line {index}"))
        })
        .collect();
    let rows = rows(&process(&processor, &all), Table::Logs);
    assert!((60..140).contains(&rows.len()), "{} of 2000 at 5 %", rows.len());
    assert!(rows.iter().any(|row| of(row, "trace_id").is_none()));
    assert!(rows.iter().all(|row| of(row, "adjusted_count") == Some("20")), "{rows:?}");
}

#[test]
fn what_is_dropped_is_counted_with_its_bytes_and_errors() {
    let processor = processor(json!([{"action": "drop", "match": "health"}]));
    let error = Log { severity: Some(17), ..log("health check failed") };
    let processed = process(&processor, &[log("health ok"), error, log("order placed")]);
    assert_eq!(bodies(&processed), ["order placed"]);
    let counts = processor.status().pipelines[0].rules[0].counts;
    assert_eq!((counts.dropped_records, counts.dropped_bytes, counts.dropped_errors), (2, 28, 1));
    assert_eq!(processed.batches.len(), 1);
    let nothing = processor.process(batch(&[log("health")]), NOW_NS);
    assert!(nothing.batches.is_empty(), "a batch without rows is none");
}

#[test]
fn a_quota_refuses_what_is_past_it_until_the_day_ends() {
    let rules = json!([{"action": "quota", "match": "-status:error", "bytes_per_day": 100}]);
    let processor = processor(rules);
    let line = "x".repeat(30);
    let error = Log { severity: Some(17), ..log(&line) };
    let other = Log { service: "user", ..log(&line) };
    let all = [log(&line), log(&line), log(&line), log(&line), error, other];
    let rows = rows(&process(&processor, &all), Table::Logs);
    let services: Vec<_> = rows.iter().filter_map(|row| of(row, "service_name")).collect();
    assert_eq!(
        services,
        ["order", "order", "order", "order", "user"],
        "three, the error and another"
    );
    assert_eq!(process(&processor, &[log(&line)]).batches.len(), 0, "the day goes on");
    let tomorrow = NOW_NS + 24 * 3600 * 1_000_000_000;
    let kept = processor.process(batch(&[log(&line)]), tomorrow);
    assert_eq!(kept.batches.len(), 1);
    processor.seed_usage("order", crate::day_of(tomorrow), 90);
    assert_eq!(processor.process(batch(&[log(&line)]), tomorrow).batches.len(), 0);
    assert_eq!(processor.status().pipelines[0].rules[0].counts.quota_dropped, 3);
}

#[test]
fn what_was_refused_by_the_store_does_not_use_up_a_quota() {
    let processor = processor(json!([{"action": "quota", "bytes_per_day": 100}]));
    for _ in 0..10 {
        assert_eq!(processor.process(batch(&[log(&"x".repeat(60))]), NOW_NS).batches.len(), 1);
    }
}

#[test]
fn retention_is_a_mark_and_the_row_stays_as_it_was() {
    let processor = processor(json!([{"action": "retain", "match": "debug", "days": 3}]));
    let processed = process(&processor, &[log("debug a"), log("b")]);
    assert_eq!(processed.batches.len(), 1, "no row was written anew");
    let rows = rows(&processed, Table::Logs);
    assert_eq!((of(&rows[0], "retention_days"), of(&rows[1], "retention_days")), (Some("3"), None));
}

#[test]
fn counts_sums_and_distributions_become_points_and_know_of_sampling() {
    let processor = processor(json!([
        {"action": "metric", "metric": "orders", "kind": "count", "group_by": ["@route", "status"]},
        {"action": "metric", "metric": "bytes", "kind": "sum", "value": "@bytes", "unit": "By"},
        {"action": "metric", "metric": "took", "kind": "distribution", "value": "@bytes"},
        {"action": "sample", "keep_percent": 50},
        {"action": "metric", "metric": "kept", "kind": "count"},
    ]));
    let all: Vec<Log> = (0..400)
        .map(|index| Log {
            severity: Some(9),
            trace_id: Some(format!("{index:032x}")),
            attributes: vec![("route", text("/a")), ("bytes", Value::Int(4))],
            ..log("placed")
        })
        .collect();
    let processed = process(&processor, &all);
    let kept = rows(&processed, Table::Logs).len();
    let points = rows(&processed, Table::MetricPoints);
    let named = |name| points.iter().find(|point| of(point, "metric_name") == Some(name)).unwrap();
    let orders = named("orders");
    assert_eq!((of(orders, "value"), of(orders, "value_int")), (Some("400"), Some("400")));
    assert_eq!(of(orders, "attributes"), Some(r#"{"route":"/a","status":"info"}"#));
    assert_eq!(
        (of(orders, "service_name"), of(orders, "aggregation_temporality")),
        (Some("order"), Some("delta"))
    );
    assert_eq!(
        (of(named("bytes"), "value"), of(named("bytes"), "metric_unit")),
        (Some("1600"), Some("By"))
    );
    assert_eq!((of(named("took"), "count"), of(named("took"), "max")), (Some("400"), Some("4")));
    assert_eq!(of(named("kept"), "value").unwrap(), (kept * 2).to_string());
    assert_eq!(points.len(), 4);
}

#[test]
fn a_metric_of_a_record_without_a_number_fails_on_that_record() {
    let rules = json!([{"action": "metric", "metric": "m", "kind": "sum", "value": "@n"}]);
    let wrong = Log { attributes: vec![("n", text("many"))], ..log("b") };
    let rows = rows(&process(&processor(rules), &[log("a"), wrong]), Table::Logs);
    assert_eq!(of(&rows[0], "pipeline_error"), Some("test/metric 1: there is no @n"));
    assert_eq!(of(&rows[1], "pipeline_error"), Some("test/metric 1: @n is not a number"));
}

#[test]
fn too_many_series_of_a_metric_meet_in_one() {
    let rules =
        json!([{"action": "metric", "metric": "m", "kind": "count", "group_by": ["message"]}]);
    let limit = hannun_model::limits::LOG_METRIC_SERIES_MAX;
    let all: Vec<Log> = (0..limit + 10).map(|index| log(&format!("m{index}"))).collect();
    let points = rows(&process(&processor(rules), &all), Table::MetricPoints);
    assert_eq!(points.len(), limit + 1);
    let overflow = points
        .iter()
        .find(|point| of(point, "attributes") == Some(r#"{"otel.metric.overflow":true}"#));
    assert_eq!(of(overflow.unwrap(), "value"), Some("10"));
}

#[test]
fn the_container_filter_comes_first() {
    let processor = LogProcessor::default();
    processor.set_container_filter(Some(&json!({"exclude": ["image:^nginx$"]})));
    let nginx = Log { image: Some("nginx:1.25"), ..log("a") };
    assert_eq!(bodies(&process(&processor, &[nginx.clone(), log("b")])), ["b"]);
    assert_eq!(processor.containers_dropped(), 1);
    processor.set_container_filter(Some(&json!({"exclude": ["image:("]})));
    assert_eq!(processor.status().warnings.len(), 1);
    assert_eq!(
        bodies(&process(&processor, &[nginx.clone(), log("b")])),
        ["b"],
        "the last good one"
    );
    processor.set_container_filter(None);
    assert_eq!(bodies(&process(&processor, &[nginx, log("b")])), ["a", "b"]);
    assert_eq!(processor.status().warnings, []);
}

#[test]
fn a_rule_may_choose_records_by_their_pattern_as_they_come() {
    let learning = LogProcessor::default();
    let known = rows(&process(&learning, &[log("heartbeat 17 sent")]), Table::Logs);
    let id = of(&known[0], "pattern_id").unwrap();
    let processor = LogProcessor::default();
    let rule = json!([{"action": "drop", "match": format!("pattern_id:{id}")}]);
    processor.set_rules(vec![document(rule)]);
    let all = [log("heartbeat 18 sent"), log("order 18 failed")];
    assert_eq!(bodies(&process(&processor, &all)), ["order 18 failed"]);
}

#[test]
fn records_without_rules_get_their_bytes_severity_and_pattern() {
    let processor = LogProcessor::default();
    let mut record = log("ERROR order 17 failed");
    record.attributes = vec![("k", Value::Int(-12)), ("http.route", text("/a"))];
    let processed = process(&processor, &[record, log("order 18 failed"), log("order 19 failed")]);
    assert_eq!(processed.batches.len(), 1);
    let rows = rows(&processed, Table::Logs);
    let bytes = "ERROR order 17 failed".len() + "k-12".len() + "http.route/a".len();
    assert_eq!(of(&rows[0], "record_bytes"), Some(bytes.to_string().as_str()));
    assert_eq!(
        (of(&rows[0], "severity_number"), of(&rows[1], "severity_number")),
        (Some("17"), None)
    );
    assert_eq!(of(&rows[1], "pattern"), Some("order <num> failed"));
    assert_eq!(of(&rows[1], "pattern_id"), of(&rows[2], "pattern_id"));
    assert_eq!(of(&rows[1], "pattern_id").unwrap().len(), 16);
}
