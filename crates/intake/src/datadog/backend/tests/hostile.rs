//! Changed and cut payloads: they are refused or read, and never end the process.

use super::messages::*;
use super::{CLOCK, NOW_S};
use crate::budget::InFlightBudget;
use crate::datadog::backend::logs::Shared;
use crate::datadog::backend::{
    checks, columnar, distribution_points, events, intake, logs, series_json, series_protobuf,
    sketches,
};
use crate::datadog::unkept::Unkept;
use proptest::prelude::*;
use prost::Message;
use serde_json::json;
use std::sync::Arc;

/// Runs every reader over the same bytes.
fn read_all(bytes: &[u8]) {
    let budget = Arc::new(InFlightBudget::new(64 << 20));
    let _ = series_json::map(bytes, CLOCK);
    let _ = series_protobuf::map(bytes, CLOCK);
    let _ = columnar::map(bytes, &mut budget.hold(0).unwrap(), CLOCK);
    let _ = sketches::map(bytes, CLOCK);
    let _ = distribution_points::map(bytes, CLOCK);
    let _ = checks::map(bytes, CLOCK);
    let _ = events::map(bytes, CLOCK);
    let _ = intake::map(bytes, &Unkept::default(), CLOCK);
    for media_type in [None, Some("application/json"), Some("text/plain")] {
        let _ = logs::map(bytes, media_type, &Shared::of_query("ddtags=a:b,service:c"), CLOCK);
    }
}

fn payloads() -> Vec<Vec<u8>> {
    let series = json!({"series": [
        {"metric": "m", "type": "rate", "interval": 10, "points": [[NOW_S, 1], [NOW_S, [1, 2]]],
         "tags": ["env:a", "x:y"], "host": "h", "resources": [{"type": "host", "name": "n"}]},
    ]});
    let log = json!([{"message": "m dd.trace_id=5 dd.service=a", "ddtags": "env:a,service:b,x:1,x:2",
                      "status": "error", "timestamp": NOW_S * 1000, "service": "s"}]);
    let event = json!({"title": "t", "text": "x", "date_happened": NOW_S, "tags": ["a:b"],
                       "check": "c", "status": 2, "events": {"api": [{"msg_title": "t"}]}});
    let protobuf = MetricPayload {
        series: vec![MetricSeries {
            resources: vec![Resource { r#type: "host".to_owned(), name: "h".to_owned() }],
            metric: "m".to_owned(),
            tags: vec!["env:a".to_owned()],
            points: vec![MetricPoint { value: 1.0, timestamp: NOW_S }],
            r#type: 1,
            interval: 10,
            ..MetricSeries::default()
        }],
    };
    let sketch = SketchPayload {
        sketches: vec![AgentSketch {
            metric: "m".to_owned(),
            dogsketches: vec![Dogsketch {
                ts: NOW_S,
                cnt: 2,
                k: vec![1338, -5],
                n: vec![1, 1],
                ..Dogsketch::default()
            }],
            ..AgentSketch::default()
        }],
    };
    let columns = Columns {
        metadata: None,
        data: Some(MetricData {
            names: packed(&["m"]),
            tags: packed(&["a:b", "c"]),
            tag_sets: vec![2, 1, 1, 1, -1],
            resource_texts: packed(&["host", "h"]),
            resource_lengths: vec![1],
            resource_types: vec![1],
            resource_names: vec![2],
            types: vec![0x13, 0x31],
            name_refs: vec![1, 0],
            tag_set_refs: vec![1, 1],
            resource_refs: vec![1, 0],
            intervals: vec![0, 10],
            points: vec![1, 1],
            timestamps: vec![NOW_S, 0],
            integers: vec![5],
            floats_64: vec![2.0],
            ..MetricData::default()
        }),
    };
    vec![
        series.to_string().into_bytes(),
        log.to_string().into_bytes(),
        event.to_string().into_bytes(),
        protobuf.encode_to_vec(),
        sketch.encode_to_vec(),
        columns.encode_to_vec(),
    ]
}

proptest! {
    #[test]
    fn changed_payloads_are_read_or_refused(
        which in 0..6_usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(),
        is_cut in any::<bool>(),
    ) {
        let mut bytes = payloads().swap_remove(which);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if is_cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        read_all(&bytes);
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        read_all(&bytes);
    }
}

#[test]
fn numbers_at_the_edges_are_read_or_refused() {
    for number in ["1e308", "-1e308", "9223372036854775807", "-9223372036854775808", "1e-320", "0"]
    {
        let series = format!(
            r#"{{"series":[{{"metric":"m","type":"rate","interval":{number},"points":[[{number},{number}],[{NOW_S},{number}]]}}]}}"#
        );
        let (_, outcome) = series_json::map(series.as_bytes(), CLOCK).unwrap();
        assert!(outcome.accepted <= 1, "{number}");
        let distribution =
            format!(r#"{{"series":[{{"metric":"m","points":[[{NOW_S},[{number},{number}]]]}}]}}"#);
        assert_eq!(distribution_points::map(distribution.as_bytes(), CLOCK).unwrap().1.accepted, 1);
    }
}
