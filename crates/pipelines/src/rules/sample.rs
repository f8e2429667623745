//! Sampling: a part of the records is kept, and says for how many it stands.

use crate::field::Field;
use crate::record::RecordView;
use hannun_model::table::logs;
use xxhash_rust::xxh3::{Xxh3, xxh3_64};

/// What a sample rule does.
#[derive(Debug)]
pub(crate) struct Sample {
    /// Hashes up to this one are kept.
    threshold: u64,
    /// Records that a kept one stands for.
    pub(crate) weight: f64,
    by: Field,
}

impl Sample {
    /// Keeps this part of the values of `by`; the same values whatever the rule and the node, so
    /// that a kept trace keeps all its logs.
    pub(crate) fn new(keep_percent: f64, by: Field) -> Self {
        let share = (keep_percent / 100.0).clamp(0.0, 1.0);
        let threshold = if share >= 1.0 { u64::MAX } else { (share * 2.0_f64.powi(64)) as u64 };
        Self { threshold, weight: 1.0 / share, by }
    }

    /// What the record is chosen by.
    pub(crate) fn hash(&self, view: RecordView<'_>) -> u64 {
        match self.by.read(view) {
            Some(value) if !value.is_empty() => xxh3_64(value.as_bytes()),
            // A record without the field is chosen by itself.
            _ => record_hash(view),
        }
    }

    pub(crate) fn keeps(&self, hash: u64) -> bool {
        hash <= self.threshold
    }
}

/// A hash of the record as it came, the same when it is sent again.
fn record_hash(view: RecordView<'_>) -> u64 {
    let mut hash = Xxh3::new();
    let (rows, row) = (view.rows, view.row);
    hash.update(&rows.int(logs::TIME, row).unwrap_or(0).to_le_bytes());
    for column in [logs::SERVICE_NAME, logs::HOST_NAME, logs::CONTAINER_ID, logs::BODY] {
        hash.update(rows.text(column, row).unwrap_or_default().as_bytes());
    }
    for (key, typed) in rows.map(row) {
        hash.update(key.as_bytes());
        hash.update(typed.as_bytes());
    }
    for (_, text) in rows.hot_texts(row) {
        hash.update(text.as_bytes());
    }
    hash.digest()
}
