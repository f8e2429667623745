//! Large, broken and changing input.

use super::*;
use std::sync::atomic::{AtomicBool, Ordering};

#[test]
fn a_document_that_does_not_compile_leaves_the_last_good_one_in_force() {
    let processor = processor(json!([{"action": "drop", "match": "noise"}]));
    let mut broken = document(json!([{"action": "parse", "format": "regex", "pattern": "("}]));
    broken.revision = 2;
    let mut new = broken.clone();
    new.id = "new".to_owned();
    processor.set_rules(vec![broken, new]);
    let status = processor.status().pipelines;
    assert_eq!((status[0].revision, status[1].revision), (Some(1), None));
    assert!(status.iter().all(|it| it.error.as_deref().unwrap().starts_with("/rules/0/pattern: ")));
    assert_eq!(bodies(&process(&processor, &[log("noise"), log("a")])), ["a"]);
    processor.set_rules(vec![]);
    assert_eq!(processor.status().pipelines, []);
    assert_eq!(processor.totals().dropped_records, 1, "what is gone still counts");
    assert_eq!(bodies(&process(&processor, &[log("noise"), log("a")])), ["noise", "a"]);
}

#[test]
fn after_a_start_the_newest_revision_that_compiles_is_in_force() {
    let revision = |revision, rules| PipelineDocument { revision, ..document(rules) };
    let broken = json!([{"action": "parse", "format": "regex", "pattern": "("}]);
    let processor = LogProcessor::without_patterns();
    processor.set_rules(vec![
        revision(1, json!([{"action": "drop", "match": "old"}])),
        revision(2, json!([{"action": "drop", "match": "noise"}])),
        revision(3, broken.clone()),
        revision(4, broken),
    ]);
    let status = processor.status().pipelines;
    assert_eq!((status.len(), status[0].revision), (1, Some(2)));
    assert!(status[0].error.as_deref().unwrap().starts_with("/rules/0/pattern: "));
    assert_eq!(bodies(&process(&processor, &[log("noise"), log("old")])), ["old"]);
}

#[test]
fn logs_that_cannot_be_processed_are_stored_in_clear_only_when_nothing_redacts() {
    let error = arrow::error::ArrowError::ComputeError("no column".to_owned());
    let secret = || {
        let attributes = vec![("card", Value::Text("4111111111111111".to_owned()))];
        batch(&[Log { attributes, severity: Some(17), ..log("kim@x.com") }])
    };
    let failed = |rules| {
        let processor = processor(rules);
        let batches = processor.unprocessed(secret(), &error);
        assert_eq!(processor.totals().failed, 1);
        rows(&Processed { batches }, Table::Logs)
    };
    let kept = failed(json!([{"action": "drop", "match": "x"}]));
    assert_eq!((kept.len(), of(&kept[0], "body")), (1, Some("kim@x.com")));
    let kept = failed(json!([{"action": "redact", "kinds": ["email"]}]));
    let names: Vec<_> = kept[0].keys().map(String::as_str).collect();
    assert_eq!(names, ["pipeline_error", "service_name", "severity_number", "time"]);
    assert_eq!(of(&kept[0], "service_name"), Some("order"));
}

#[test]
fn quotas_are_told_of_only_while_they_run() {
    let quota = json!([{"action": "quota", "bytes_per_day": 5}]);
    assert!(processor(quota).has_quotas());
    assert!(!processor(json!([{"action": "drop"}])).has_quotas());
}

#[test]
fn a_pipeline_that_stays_goes_on_counting() {
    let processor = processor(json!([{"action": "drop"}]));
    process(&processor, &[log("a")]);
    let mut other = document(json!([{"action": "retain", "days": 1}]));
    other.id = "other".to_owned();
    processor.set_rules(vec![document(json!([{"action": "drop"}])), other]);
    process(&processor, &[log("b")]);
    let status = processor.status().pipelines;
    assert_eq!((status[1].id.as_str(), status[1].rules[0].counts.dropped_records), ("p", 2));
}

#[test]
fn pipelines_run_by_their_order_and_only_when_enabled() {
    let pipeline = |id: &str, order: i64, enabled: bool, text: &str| PipelineDocument {
        id: id.to_owned(),
        revision: 1,
        body: json!({"name": id, "order": order, "enabled": enabled, "match": "service:order",
            "rules": [{"action": "remap", "set": {"message": format!("{{message}}{text}")}}]}),
    };
    let processor = LogProcessor::without_patterns();
    processor.set_rules(vec![
        pipeline("a", 20, true, "2"),
        pipeline("b", 10, true, "1"),
        pipeline("c", 30, false, "3"),
    ]);
    let other = Log { service: "user", ..log("x") };
    assert_eq!(bodies(&process(&processor, &[log("x"), other])), ["x12", "x"]);
}

#[test]
fn a_huge_line_and_many_fields_stay_within_the_limits() {
    let processor = processor(json!([
        {"action": "parse", "format": "json"},
        {"action": "redact", "kinds": ["credit_card", "email", "password", "jwt", "resident_registration_number"]},
        {"action": "parse", "format": "regex", "pattern": "(?<a>(?:x+x+)+y)"},
    ]));
    let fields: Vec<String> = (0..5_000).map(|index| format!("\"k{index}\":{index}")).collect();
    let many = log(&format!("{{{}}}", fields.join(",")));
    let started = std::time::Instant::now();
    let all = [log(&"x".repeat(1 << 20)), log(&"4 1-".repeat(1 << 18)), many];
    let rows = rows(&process(&processor, &all), Table::Logs);
    assert!(started.elapsed().as_secs() < 20, "{:?}", started.elapsed());
    assert_eq!(rows.len(), 3);
    let attributes = rows[2].keys().filter(|key| key.starts_with('@')).count();
    assert_eq!(attributes, hannun_model::limits::ATTRIBUTES_PER_ITEM_MAX);
    assert_eq!(of(&rows[2], "dropped_attributes_count"), Some("3976"));
}

#[test]
fn deeply_nested_json_fails_on_its_record_only() {
    let processor = processor(json!([{"action": "parse", "format": "json"}]));
    let deep = format!("{}1{}", "{\"a\":".repeat(60), "}".repeat(60));
    let deeper = format!("{}1{}", "{\"a\":".repeat(5_000), "}".repeat(5_000));
    let rows =
        rows(&process(&processor, &[log(&deep), log(&deeper), log("{\"a\":1}")]), Table::Logs);
    assert_eq!(of(&rows[0], "pipeline_error"), Some("test/parse 1: nested deeper than 32"));
    assert!(of(&rows[1], "pipeline_error").unwrap().contains("recursion limit"));
    assert_eq!(of(&rows[2], "@a"), Some("\u{2}1"));
}

#[test]
fn rules_change_while_logs_are_processed() {
    let processor = LogProcessor::default();
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for revision in 0..200 {
                let rules = json!([{"action": "remap", "set": {"@a": "1", "@b": "1"}}]);
                let documents = vec![PipelineDocument { revision, ..document(rules) }];
                processor.set_rules(if revision % 2 == 0 { documents } else { vec![] });
            }
            stop.store(true, Ordering::Relaxed);
        });
        for _ in 0..2 {
            scope.spawn(|| {
                while !stop.load(Ordering::Relaxed) {
                    let processed = process(&processor, &[log("a"), log("b"), log("c")]);
                    let rows = rows(&processed, Table::Logs);
                    assert_eq!(rows.len(), 3);
                    let with = |key| rows.iter().filter(|row| row.contains_key(key)).count();
                    assert!(matches!((with("@a"), with("@b")), (0, 0) | (3, 3)), "all or nothing");
                }
            });
        }
    });
}

#[test]
fn other_tables_pass_as_they_are() {
    let mut builder = BatchBuilder::new(Table::Spans);
    builder.start_row();
    let processed = processor(json!([{"action": "drop"}])).process(builder.finish().unwrap(), 0);
    assert_eq!((processed.batches.len(), processed.batches[0].rows()), (1, 1));
}
