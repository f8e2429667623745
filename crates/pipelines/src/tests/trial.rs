//! Rules tried on what is stored.

use super::*;
use crate::Trial;

const DAY_NS: i64 = 24 * 3600 * 1_000_000_000;

#[test]
fn a_trial_tells_what_would_have_been_kept() {
    let rules = json!([
        {"action": "metric", "metric": "seen", "kind": "count"},
        {"action": "drop", "match": "health"},
        {"action": "redact", "kinds": ["email"]},
    ]);
    let mut trial = Trial::new(vec![document(rules)], 1.0).unwrap();
    let error = Log { severity: Some(17), ..log("health failed") };
    trial.read(&batch(&[log("health ok"), error, log("to kim@example.com"), log("rest")])).unwrap();
    let counts = trial.counts();
    assert_eq!((counts.records, counts.kept_records), (4, 2));
    assert_eq!((counts.bytes, counts.kept_bytes), (44, 22));
    assert_eq!(counts.points["seen"], 1);
    let rules = &trial.pipelines()[0].rules;
    let dropped = rules[1].counts;
    assert_eq!(
        (dropped.dropped_records, dropped.dropped_bytes, dropped.dropped_errors),
        (2, 22, 1)
    );
    assert_eq!(rules[2].counts.redactions, 1, "examples do not count");
    let examples = trial.examples();
    assert_eq!(examples.len(), 3);
    assert_eq!(examples[0].after, None);
    assert_eq!(examples[2].before.message.as_deref(), Some("to kim@example.com"));
    let after = examples[2].after.as_ref().unwrap();
    assert_eq!(after.message.as_deref(), Some("to [redacted]"));
}

#[test]
fn a_quota_on_trial_begins_anew_each_day_and_knows_that_it_sees_a_part() {
    let stored = |day: i64| {
        let mut builder = BatchBuilder::new(Table::Logs);
        for second in 0..10 {
            builder.start_row();
            builder.set_int(logs::TIME, day * DAY_NS + second);
            builder.set_int(logs::RECORD_BYTES, 10);
            builder.set_text(logs::SERVICE_NAME, "order");
        }
        builder.finish().unwrap()
    };
    let kept = |share: f64| {
        let rules = json!([{"action": "quota", "bytes_per_day": 60}]);
        let mut trial = Trial::new(vec![document(rules)], share).unwrap();
        for day in [19_000, 19_001] {
            trial.read(&stored(day)).unwrap();
        }
        trial.counts().kept_records
    };
    assert_eq!((kept(1.0), kept(0.5)), (12, 6));
}

#[test]
fn faults_of_documents_on_trial_name_the_document() {
    let good = document(json!([{"action": "drop"}]));
    let wrong = document(json!([{"action": "sample"}]));
    let faults = Trial::new(vec![good, wrong], 1.0).unwrap_err();
    assert_eq!(faults[0].path, "/1/rules/0/keep_percent");
}
