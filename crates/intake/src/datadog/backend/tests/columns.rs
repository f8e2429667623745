//! Series in columns.

use super::messages::*;
use super::{CLOCK, NOW_S, NS, rows_of};
use crate::budget::InFlightBudget;
use crate::datadog::backend::answer::Outcome;
use crate::datadog::backend::columnar;
use crate::door::Decoded;
use crate::refusal::Refusal;
use prost::Message;
use serde_json::json;
use std::sync::Arc;

const TIME_S: i64 = NOW_S - 60;

fn map(data: MetricData) -> Result<(Decoded, Outcome), Refusal> {
    let metadata = Metadata {
        tags: vec!["team:a".to_owned()],
        resources: vec!["cluster".to_owned(), "c-1".to_owned()],
    };
    let bytes = Columns { metadata: Some(metadata), data: Some(data) }.encode_to_vec();
    let budget = Arc::new(InFlightBudget::new(1 << 20));
    columnar::map(&bytes, &mut budget.hold(0).unwrap(), CLOCK)
}

/// Three series: a gauge of two points with a host, a count and a rate.
fn three() -> MetricData {
    MetricData {
        names: packed(&["load", "orders"]),
        tags: packed(&["env:prod", "service:shop", "status:paid"]),
        // The second set begins with the first one.
        tag_sets: vec![2, 1, 1, 2, -1, 4],
        resource_texts: packed(&["host", "web-1", "device", "sda"]),
        resource_lengths: vec![2],
        resource_types: vec![1, 2],
        resource_names: vec![2, 2],
        types: vec![3 | 0x30, 1 | 0x10 | 0x200, 2 | 0x20 | 0x100],
        name_refs: vec![1, 1, 0],
        tag_set_refs: vec![1, 1, -2],
        resource_refs: vec![1, -1, 0],
        intervals: vec![0, 10, 10],
        points: vec![2, 1, 1],
        timestamps: vec![TIME_S, 10, -10, 5],
        integers: vec![7],
        floats_32: vec![0.5],
        floats_64: vec![1.5, -2.5],
        units: packed(&["order"]),
        unit_refs: vec![1],
    }
}

#[test]
fn columns_are_series() {
    let (decoded, outcome) = map(three()).unwrap();
    assert_eq!(outcome.accepted, 4);
    let rows = rows_of(&decoded.batch);
    let load = &rows[0];
    assert_eq!((&load["metric_name"], &load["metric_type"]), (&json!("load"), &json!("gauge")));
    assert_eq!((&load["value"], &load["time"]), (&json!(1.5), &json!(TIME_S * NS)));
    assert_eq!((&load["service_name"], &load["host_name"]), (&json!("shop"), &json!("web-1")));
    assert_eq!(load["attributes"], json!({"cluster": "c-1", "device": "sda", "team": "a"}));
    assert_eq!((&rows[1]["value"], &rows[1]["time"]), (&json!(-2.5), &json!((TIME_S + 10) * NS)));
    let orders = &rows[2];
    assert_eq!((&orders["metric_type"], &orders["value"]), (&json!("sum"), &json!(7.0)));
    assert_eq!((&orders["metric_unit"], &orders["time"]), (&json!("order"), &json!(TIME_S * NS)));
    assert_eq!(orders["deployment_environment_name"], "prod");
    assert_eq!(orders["attributes"], json!({"cluster": "c-1", "status": "paid", "team": "a"}));
    assert_eq!(orders.get("host_name"), None);
    let rate = &rows[3];
    assert_eq!((&rate["metric_name"], &rate["value"]), (&json!("orders"), &json!(5.0)));
    assert_eq!(rate["attributes"], json!({"cluster": "c-1", "team": "a"}));
}

#[test]
fn values_of_zero_take_no_room() {
    let zeros = MetricData {
        names: packed(&["n"]),
        types: vec![3],
        name_refs: vec![1],
        points: vec![2],
        timestamps: vec![TIME_S, 1],
        ..MetricData::default()
    };
    let (decoded, _) = map(zeros).unwrap();
    let values: Vec<_> = rows_of(&decoded.batch).iter().map(|row| row["value"].clone()).collect();
    assert_eq!(values, [json!(0.0), json!(0.0)]);
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let broken = [
        MetricData { name_refs: vec![3, 0, 0], ..three() },
        MetricData { tag_set_refs: vec![9, 0, 0], ..three() },
        MetricData { tag_set_refs: vec![-1, 0, 0], ..three() },
        MetricData { tag_sets: vec![1, -1], ..three() },
        MetricData { tag_sets: vec![1, i64::MIN], ..three() },
        MetricData { tag_sets: vec![5, 1], ..three() },
        MetricData { resource_names: vec![2], ..three() },
        MetricData { floats_64: vec![1.0], ..three() },
        MetricData { timestamps: vec![TIME_S], ..three() },
        MetricData { points: vec![u64::MAX], ..three() },
        MetricData { unit_refs: vec![], ..three() },
        MetricData { types: vec![4 | 0x10, 0, 0], ..three() },
        MetricData { types: vec![3 | 0x50, 0, 0], ..three() },
        MetricData { names: vec![200, 1, b'x'], ..three() },
    ];
    for data in broken {
        let refused = map(data.clone());
        assert!(matches!(&refused, Err(Refusal::Malformed(_))), "{data:?}: {refused:?}");
    }
}

#[test]
fn dictionaries_are_held_like_other_memory() {
    let empty = MetricData { names: vec![0; 200_000], ..MetricData::default() };
    assert_eq!(map(empty).unwrap_err(), Refusal::OverBudget);
    // Each set is the one before and one tag more.
    let mut tag_sets = vec![1, 1];
    for number in 1..2000 {
        tag_sets.extend([2, -number, number + 1]);
    }
    assert!(map(MetricData { tag_sets, ..three() }).is_err());
}
