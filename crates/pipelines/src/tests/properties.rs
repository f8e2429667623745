//! What holds whatever the records are.

use super::*;
use hannun_model::table::logs;
use proptest::prelude::*;

fn any_log() -> impl Strategy<Value = Log> {
    let value = prop_oneof![
        ".{0,12}".prop_map(Value::Text),
        any::<i64>().prop_map(Value::Int),
        any::<bool>().prop_map(Value::Bool),
        Just(Value::Empty),
        Just(Value::Map(vec![("a".to_owned(), Value::Int(1))])),
    ];
    let key = prop_oneof![
        Just("a"),
        Just("b"),
        Just("http.route"),
        Just("http.method"),
        Just("http.request.method"),
        Just("http.status_code"),
        Just("user"),
    ];
    let body = prop_oneof![
        ".{0,40}",
        Just("{\"a\":1,\"b\":{\"c\":\"x\"}}".to_owned()),
        Just("k=v took=5".to_owned()),
        Just("kim@example.com 4111111111111111".to_owned()),
    ];
    let attributes = prop::collection::vec((key, value), 0..4);
    (body, prop::option::of(1_i64..25), prop::option::of("[0-9a-f]{32}"), attributes).prop_map(
        |(body, severity, trace_id, attributes)| Log {
            body,
            severity,
            trace_id,
            attributes,
            ..log("")
        },
    )
}

proptest! {
    #[test]
    fn no_record_is_lost_that_no_rule_drops(all in prop::collection::vec(any_log(), 1..20)) {
        let processor = processor(json!([
            {"action": "parse", "format": "json"},
            {"action": "parse", "format": "logfmt"},
            {"action": "parse", "format": "regex", "pattern": "(?<n>[0-9]+)", "field": "@a"},
            {"action": "remap", "set": {"@z": "{@a}"}, "rename": {"@b": "@c"}, "remove": ["@user.a"]},
            {"action": "redact", "kinds": ["email", "credit_card", "password"]},
            {"action": "retain", "days": 1},
            {"action": "sample", "keep_percent": 100},
            {"action": "metric", "metric": "m", "kind": "sum", "value": "@a"},
        ]));
        let processed = process(&processor, &all);
        prop_assert_eq!(rows(&processed, Table::Logs).len(), all.len());
        for row in rows(&processed, Table::Logs) {
            prop_assert!(row.contains_key("record_bytes"));
            prop_assert!(!row["body"].contains("@example.com"));
        }
    }

    /// A record that is written anew reads back as it was.
    #[test]
    fn a_rule_changes_only_what_it_says(all in prop::collection::vec(any_log(), 1..8)) {
        let untouched = process(&LogProcessor::without_patterns(), &all);
        let rules = json!([{"action": "remap", "set": {"@new": "1"}},
            {"action": "remap", "remove": ["@new"]}]);
        let rewritten = process(&processor(rules), &all);
        let (before, after) = (&untouched.batches[0], &rewritten.batches[0]);
        let (before, after) =
            (crate::rows::LogRows::new(before.records()), crate::rows::LogRows::new(after.records()));
        for row in 0..before.len() {
            let sorted = |rows: &crate::rows::LogRows<'_>| {
                let mut attributes = rows.attributes(row);
                attributes.sort();
                attributes
            };
            prop_assert_eq!(sorted(&before), sorted(&after));
            for column in [logs::BODY, logs::SERVICE_NAME, logs::TRACE_ID, logs::HTTP_ROUTE] {
                prop_assert_eq!(before.text(column, row), after.text(column, row));
            }
            for column in [logs::TIME, logs::SEVERITY_NUMBER, logs::RECORD_BYTES] {
                prop_assert_eq!(before.int(column, row), after.int(column, row));
            }
        }
    }

    /// A filter means the same for a row in its batch, for the row as a rule sees it, and for the
    /// record that a rule changed.
    #[test]
    fn a_rule_matches_what_a_search_would_find(all in prop::collection::vec(any_log(), 1..8)) {
        let batch = batch(&all);
        let rows = crate::rows::LogRows::new(batch.records());
        let found = hannun_search::record::BatchRows::new(Table::Logs, batch.records());
        let filters = ["@a:*", "-@b:*", "@http.route:*a*", "@http.method:?*", "@http.status_code:>0",
            "@a:<5", "status:error", "service:order", "*:kim", "example", "@user.a:1", "@user:*", "trace_id:*"];
        for text in filters {
            let filter = hannun_search::parse_filter(text).unwrap();
            // Which of two values of one key is meant is nobody's promise.
            let once = |row: &usize| {
                let mut keys: Vec<_> = all[*row].attributes.iter().map(|(key, _)| *key).collect();
                keys.sort_unstable();
                keys.windows(2).all(|pair| pair[0] != pair[1])
            };
            for row in (0..rows.len()).filter(once) {
                let expected = filter.matches(&found.row(row));
                let in_place = crate::record::RecordView { rows: &rows, row, changed: None };
                prop_assert_eq!(filter.matches(&in_place), expected, "{} in place", text);
                let copy = crate::record::ChangedRecord::of(&rows, row);
                let copied = crate::record::RecordView { rows: &rows, row, changed: Some(&copy) };
                prop_assert_eq!(filter.matches(&copied), expected, "{} copied", text);
            }
        }
    }

    /// Whether a trace is kept is the same for all its records, wherever they come.
    #[test]
    fn a_trace_is_kept_whole_or_not_at_all(traces in prop::collection::vec("[0-9a-f]{32}", 1..40)) {
        let rules = json!([{"action": "sample", "keep_percent": 30}]);
        let of_trace = |trace: &String, body: &str| Log { trace_id: Some(trace.clone()), ..log(body) };
        let kept = |body: &str| {
            let all: Vec<Log> = traces.iter().map(|trace| of_trace(trace, body)).collect();
            let processed = process(&processor(rules.clone()), &all);
            let kept = rows(&processed, Table::Logs);
            assert!(kept.iter().all(|row| row["adjusted_count"].starts_with("3.33")));
            kept.into_iter().map(|row| row["trace_id"].clone()).collect::<Vec<_>>()
        };
        prop_assert_eq!(kept("first"), kept("second"));
    }
}

#[test]
fn about_as_many_are_kept_as_asked() {
    let rules = json!([{"action": "sample", "keep_percent": 10}]);
    let with_trace: Vec<Log> = (0..5_000)
        .map(|index| Log { trace_id: Some(format!("{index:032x}")), ..log("a") })
        .collect();
    let without: Vec<Log> = (0..5_000).map(|index| log(&format!("line {index}"))).collect();
    for all in [with_trace, without] {
        let kept = rows(&process(&processor(rules.clone()), &all), Table::Logs).len();
        assert!((400..600).contains(&kept), "{kept} of 5000");
    }
}
