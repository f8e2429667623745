//! Series of versions 1 and 2, sketches and distribution points.

use super::messages::*;
use super::{CLOCK, NOW_S, NS, rows_of};
use crate::datadog::backend::{distribution_points, series_json, series_protobuf, sketches};
use crate::door::Identity;
use crate::refusal::Refusal;
use prost::Message;
use serde_json::{Value, json};

const TIME_S: i64 = NOW_S - 60;

#[test]
fn series_of_version_1_are_gauges_counts_and_rates() {
    let body = json!({"series": [
        {"metric": "load", "points": [[TIME_S, 1.5], [TIME_S as f64 + 0.25, 2]], "host": "web-1",
         "tags": ["env:prod", "service:shop", "team:a", "team:b", "canary"], "device": "sda"},
        {"metric": "orders", "type": "count", "interval": 10, "points": [[TIME_S, 7]]},
        {"metric": "hits", "type": "rate", "interval": 10, "points": [[TIME_S, 0.7]]},
        {"metric": "speed", "type": "rate", "points": [[TIME_S, 0.7]], "tags": null},
    ]});
    let (decoded, outcome) = series_json::map(body.to_string().as_bytes(), CLOCK).unwrap();
    assert_eq!((outcome.accepted, outcome.errors.len()), (5, 0));
    assert_eq!(decoded.identity, Identity::Content);
    let rows = rows_of(&decoded.batch);
    let load = &rows[0];
    assert_eq!((&load["metric_name"], &load["metric_type"]), (&json!("load"), &json!("gauge")));
    assert_eq!((&load["value"], &load["time"]), (&json!(1.5), &json!(TIME_S * NS)));
    assert_eq!(rows[1]["time"], TIME_S * NS + NS / 4);
    assert_eq!(load["service_name"], "shop");
    assert_eq!(load["deployment_environment_name"], "prod");
    assert_eq!(load["host_name"], "web-1");
    let attributes = json!({"canary": "", "device": "sda", "team": ["a", "b"]});
    assert_eq!(load["attributes"], attributes);
    assert_eq!(load["scope_name"], "datadog.series");
    let orders = &rows[2];
    assert_eq!((&orders["metric_type"], &orders["value"]), (&json!("sum"), &json!(7.0)));
    assert_eq!(orders["aggregation_temporality"], "delta");
    assert_eq!(orders["start_time"], (TIME_S - 10) * NS);
    assert_eq!((&rows[3]["metric_type"], &rows[3]["value"]), (&json!("sum"), &json!(7.0)));
    assert_eq!((&rows[4]["metric_type"], &rows[4]["value"]), (&json!("gauge"), &json!(0.7)));
}

#[test]
fn series_of_version_2_are_the_same_as_json_and_as_protobuf() {
    let series = MetricSeries {
        resources: [("host", "web-1"), ("device", "sda"), ("cluster", "c"), ("host", "")]
            .map(|(kind, name)| Resource { r#type: kind.to_owned(), name: name.to_owned() })
            .to_vec(),
        metric: "orders".to_owned(),
        tags: ["env:prod", "status:paid", "image_name:shop"].map(str::to_owned).to_vec(),
        points: vec![
            MetricPoint { value: 0.5, timestamp: TIME_S },
            MetricPoint { value: -2.0, timestamp: TIME_S + 10 },
        ],
        r#type: 2,
        unit: "order".to_owned(),
        source_type_name: "System".to_owned(),
        interval: 10,
    };
    let bytes = MetricPayload { series: vec![series] }.encode_to_vec();
    let (by_protobuf, outcome) = series_protobuf::map(&bytes, CLOCK).unwrap();
    assert_eq!(outcome.accepted, 2);
    let body = json!({"series": [{
        "metric": "orders", "type": 2, "interval": 10, "unit": "order",
        "tags": ["env:prod", "status:paid", "image_name:shop"],
        "resources": [{"type": "host", "name": "web-1"}, {"type": "device", "name": "sda"},
                      {"type": "cluster", "name": "c"}],
        "points": [{"timestamp": TIME_S, "value": 0.5}, {"timestamp": TIME_S + 10, "value": -2}],
        "metadata": {"origin": {"product": 10}}, "source_type_name": "System",
    }]});
    let (by_json, _) = series_json::map(body.to_string().as_bytes(), CLOCK).unwrap();
    let (rows, others) = (rows_of(&by_protobuf.batch), rows_of(&by_json.batch));
    assert_eq!(rows, others);
    assert_eq!((&rows[0]["value"], &rows[1]["value"]), (&json!(5.0), &json!(-20.0)));
    assert_eq!(
        (&rows[0]["metric_unit"], &rows[0]["host_name"]),
        (&json!("order"), &json!("web-1"))
    );
    assert_eq!(rows[0]["container_image_name"], "shop");
    assert_eq!(rows[0]["attributes"], json!({"cluster": "c", "device": "sda", "status": "paid"}));
    assert_eq!(rows[0]["start_time"], (TIME_S - 10) * NS);
}

#[test]
fn good_points_are_kept_and_bad_ones_told() {
    let body = json!({"series": [
        {"metric": "good", "points": [
            [TIME_S, 1], [NOW_S + 200_000, 1], [NOW_S - 7200, 1], [TIME_S * 1000, 1],
            [TIME_S, "1"], [TIME_S], "x", [0, 1], [-5, 1],
        ]},
        {"points": [[TIME_S, 1]]},
        {"metric": "no points"},
        17,
        {"metric": 5, "points": []},
        {"metric": "late", "points": [{"timestamp": TIME_S, "value": 3}]},
    ], "other": {"deep": [[[1]]]}});
    let (decoded, outcome) = series_json::map(body.to_string().as_bytes(), CLOCK).unwrap();
    assert_eq!(outcome.accepted, 2);
    assert_eq!(
        outcome.complaints(&decoded.tally),
        [
            "rejected: 1 without a time, 1 with a time after the year 2262, 2 too far in the \
             future, 1 older than the retention, 7 malformed",
            "series[1]: no metric",
            "series[2]: no points",
            "series[3]: not an object",
            "series[4]: no metric",
        ]
    );
}

#[test]
fn what_is_no_series_is_refused_whole() {
    for body in ["", "[]", "{}", "{\"series\": 5}", "{\"series\": [{\"metric\": ", "nonsense"] {
        let refused = series_json::map(body.as_bytes(), CLOCK);
        assert!(matches!(refused, Err(Refusal::Malformed(_))), "{body} {refused:?}");
    }
    let refused = series_protobuf::map(&[0x0a, 0x7f, 1], CLOCK).unwrap_err();
    assert!(refused.to_string().starts_with("malformed protobuf at byte 2"), "{refused}");
    assert_eq!(series_json::map(b"{\"series\":[]}", CLOCK).unwrap().1.accepted, 0);
}

/// The sketch that an agent makes of these values.
fn agent_sketch(values: &[f64]) -> Dogsketch {
    let key = |value: f64| {
        let magnitude = value.abs();
        let key = (magnitude.ln() / (1.0_f64 / 64.0).ln_1p()).round_ties_even() as i32 + 1338;
        if magnitude < 1e-9 { 0 } else { key * value.signum() as i32 }
    };
    let mut keys: Vec<i32> = values.iter().map(|value| key(*value)).collect();
    keys.sort_unstable();
    let sum: f64 = values.iter().sum();
    Dogsketch {
        ts: TIME_S,
        cnt: values.len() as i64,
        min: values.iter().copied().fold(f64::INFINITY, f64::min),
        max: values.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        avg: sum / values.len() as f64,
        sum,
        n: vec![1; keys.len()],
        k: keys,
    }
}

#[test]
fn the_bins_of_agents_stand_for_their_values() {
    // 1 has the key of the bias, 10⁻⁹ the first one (see the module).
    assert_eq!(sketches::value_of(1338), 1.0);
    assert!((sketches::value_of(1) / 1e-9 - 1.0).abs() < 0.0157);
    assert!((sketches::value_of(1339) - 1.015_625).abs() < 1e-12);
    assert_eq!(sketches::value_of(-1338), -1.0);
    assert_eq!(sketches::value_of(0), 0.0);
    assert!(sketches::value_of(32_767).is_finite());
    assert!(sketches::value_of(i32::MIN) < -1e200);
    for value in [1e-8, 0.003, 1.0, 17.5, 123_456.0] {
        let sketch = agent_sketch(&[value]);
        let off = (sketches::value_of(sketch.k[0]) / value - 1.0).abs();
        assert!(off <= 0.0079, "{value} is off by {off}");
    }
}

#[test]
fn sketches_of_agents_are_exponential_histograms() {
    let values: Vec<f64> = (1..=1000).map(f64::from).collect();
    let with = |dogsketches| AgentSketch {
        metric: "latency".to_owned(),
        host: "web-1".to_owned(),
        tags: vec!["env:prod".to_owned(), "route:/orders".to_owned()],
        dogsketches,
    };
    let broken = Dogsketch { n: vec![1], k: vec![1, 2], ts: TIME_S, ..Dogsketch::default() };
    let late = Dogsketch { ts: NOW_S - 7200, ..agent_sketch(&[1.0]) };
    let payload = SketchPayload {
        sketches: vec![
            with(vec![agent_sketch(&values), agent_sketch(&[-2.0, 0.0, 3.0])]),
            with(vec![broken, Dogsketch::default(), late]),
        ],
    };
    let (decoded, outcome) = sketches::map(&payload.encode_to_vec(), CLOCK).unwrap();
    assert_eq!(outcome.accepted, 2);
    let told = outcome.complaints(&decoded.tally);
    assert_eq!(told, ["rejected: 1 older than the retention, 2 malformed"]);
    let rows = rows_of(&decoded.batch);
    let row = &rows[0];
    assert_eq!(row["metric_type"], "exponential_histogram");
    assert_eq!((&row["count"], &row["sum"]), (&json!(1000), &json!(500_500.0)));
    assert_eq!((&row["min"], &row["max"]), (&json!(1.0), &json!(1000.0)));
    assert_eq!((&row["host_name"], &row["time"]), (&json!("web-1"), &json!(TIME_S * NS)));
    assert_eq!(row["attributes"], json!({"route": "/orders"}));
    // The median, by the buckets that the row has.
    let scale = row["scale"].as_i64().unwrap() as f64;
    let offset = row["positive_offset"].as_i64().unwrap();
    let mut seen = 0;
    let counts = row["positive_bucket_counts"].as_array().unwrap();
    let index = counts.iter().position(|count| {
        seen += count.as_u64().unwrap();
        seen >= 500
    });
    let bound = ((offset + index.unwrap() as i64 + 1) as f64 * (-scale).exp2()).exp2();
    assert!((bound / 500.0 - 1.0).abs() < 0.02, "the median is {bound}");
    assert_eq!((&rows[1]["count"], &rows[1]["zero_count"]), (&json!(3), &json!(1)));
    assert_eq!(rows[1]["negative_bucket_counts"], json!([1]));
}

#[test]
fn a_sketch_of_too_many_bins_is_rejected_alone() {
    let wide =
        Dogsketch { k: vec![5; 70_000], n: vec![1; 70_000], ts: TIME_S, ..agent_sketch(&[1.0]) };
    let dogsketches = vec![wide, agent_sketch(&[1.0])];
    let sketch = AgentSketch { metric: "m".to_owned(), dogsketches, ..AgentSketch::default() };
    let bytes = SketchPayload { sketches: vec![sketch] }.encode_to_vec();
    let (decoded, outcome) = sketches::map(&bytes, CLOCK).unwrap();
    assert_eq!(outcome.accepted, 1);
    assert_eq!(
        decoded.tally.rejection_message().unwrap(),
        "rejected: 1 with too many buckets or quantiles"
    );
}

#[test]
fn distribution_points_are_exponential_histograms() {
    let body = json!({"series": [
        {"metric": "size", "points": [[TIME_S, [1, 2, 4.5]], [TIME_S, []], [TIME_S, [1, "x"]], [TIME_S, 5]],
         "host": "h", "tags": ["env:prod"], "type": "distribution"},
        {"metric": "", "points": [[TIME_S, [1]]]},
    ]});
    let (decoded, outcome) = distribution_points::map(body.to_string().as_bytes(), CLOCK).unwrap();
    assert_eq!(
        outcome.clone().complaints(&decoded.tally),
        ["rejected: 4 malformed", "series[1]: no metric"]
    );
    let row = rows_of(&decoded.batch).remove(0);
    let told: Vec<&Value> = ["count", "sum", "min", "max"].map(|name| &row[name]).to_vec();
    assert_eq!(told, [&json!(3), &json!(7.5), &json!(1.0), &json!(4.5)]);
    assert_eq!(row["deployment_environment_name"], "prod");
    assert_eq!(row["scope_name"], "datadog.distribution_points");
}
