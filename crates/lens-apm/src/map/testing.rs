//! Rows for the tests of the map.

use super::calls::CallRow;
use hannun_api::figures::Measures;
use hannun_model::histogram::Histogram;

const DURATION_NS: i64 = 10_000_000;

/// Spans of this kind that took 10 ms each and say nothing of another side.
pub fn row(service: &str, kind: &str, requests: f64) -> CallRow {
    let mut histogram = Histogram::default();
    histogram.add(DURATION_NS, requests);
    CallRow {
        service: service.to_owned(),
        kind: Some(kind.to_owned()),
        spans: requests as u64,
        last_seen_ms: 60_000,
        measures: Measures {
            requests: Some(requests),
            errors: Some(0.0),
            duration_sum: Some(requests * DURATION_NS as f64),
            duration_max: Some(DURATION_NS),
            histogram: Some(histogram.to_flat()),
        },
        ..CallRow::default()
    }
}

pub fn with_peer(row: CallRow, kind: &str, system: &str, name: &str) -> CallRow {
    CallRow {
        peer_kind: Some(kind.to_owned()),
        peer_system: Some(system.to_owned()),
        peer_name: Some(name.to_owned()),
        ..row
    }
}

pub fn called(row: CallRow, callee: &str) -> CallRow {
    CallRow { callee: Some(callee.to_owned()), ..row }
}

pub fn with_caller(row: CallRow, caller: &str) -> CallRow {
    CallRow { caller: Some(caller.to_owned()), ..row }
}
