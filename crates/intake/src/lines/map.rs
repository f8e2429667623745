//! Lines to rows of `logs`.

use super::wire::{Format, lines};
use crate::door::Decoded;
use crate::otlp::map::{Clock, Reject};
use crate::records::json::{self, Json};
use crate::records::{Hints, LogRows, Record};
use crate::refusal::Refusal;
use hannun_model::limits::REJECTED_LINES_TOLD_MAX;
use serde::Serialize;

/// A line that was not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct BadLine {
    /// Number of the line, or of the item of an array, from 1.
    pub line: usize,
    pub reason: String,
}

/// What the sender is told.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Outcome {
    pub accepted: usize,
    pub rejected: usize,
    /// The first of the rejected ones.
    pub errors: Vec<BadLine>,
}

impl Outcome {
    fn count(&mut self, line: usize, kept: Result<(), String>) {
        match kept {
            Ok(()) => self.accepted += 1,
            Err(reason) => {
                self.rejected += 1;
                if self.errors.len() < REJECTED_LINES_TOLD_MAX {
                    self.errors.push(BadLine { line, reason });
                }
            }
        }
    }
}

/// Maps a body. `resource` is what the request says of records that are silent about it.
pub fn map(
    body: &[u8],
    media_type: Option<&str>,
    resource: &[(&'static str, &str)],
    clock: Clock,
) -> Result<(Decoded, Outcome), Refusal> {
    let hints = Hints::default();
    let mut rows = LogRows::new(clock);
    rows.share_otherwise(resource);
    let mut outcome = Outcome::default();
    let text = String::from_utf8_lossy(body);
    match Format::of(media_type, &text) {
        Format::Text => {
            for (number, line) in lines(body) {
                let kept = rows.add(None, &hints, Record::Line(line));
                outcome.count(number, kept.map_err(told));
            }
        }
        Format::JsonLines => {
            for (number, line) in lines(body) {
                outcome.count(number, add_json_line(&mut rows, &hints, line));
            }
        }
        Format::JsonObject => {
            rows.count_invalid_strings(u64::from(std::str::from_utf8(body).is_err()));
            let value = json::read(&text).map_err(malformed)?;
            outcome.count(1, add_value(&mut rows, &hints, value, None));
        }
        Format::JsonArray => {
            rows.count_invalid_strings(u64::from(std::str::from_utf8(body).is_err()));
            let mut number = 0;
            json::read_items(&text, |value| {
                number += 1;
                outcome.count(number, add_value(&mut rows, &hints, value, None));
            })
            .map_err(malformed)?;
        }
    }
    let decoded = rows.finish().map_err(|error| Refusal::Internal(error.to_string()))?;
    Ok((decoded, outcome))
}

fn malformed(error: serde_json::Error) -> Refusal {
    Refusal::Malformed(format!("malformed JSON: {error}"))
}

fn told(reason: Reject) -> String {
    reason.explanation().to_owned()
}

fn add_json_line(rows: &mut LogRows, hints: &Hints<'_>, line: &[u8]) -> Result<(), String> {
    let text = String::from_utf8_lossy(line);
    if matches!(text, std::borrow::Cow::Owned(_)) {
        rows.count_invalid_strings(1);
    }
    match json::read(&text) {
        Ok(value) => add_value(rows, hints, value, Some(&text)),
        Err(error) => {
            rows.reject_unread(Reject::Malformed);
            Err(format!("malformed JSON: {error}"))
        }
    }
}

fn add_value(
    rows: &mut LogRows,
    hints: &Hints<'_>,
    value: Json<'_>,
    text: Option<&str>,
) -> Result<(), String> {
    match value {
        Json::Object(object) => rows.add(None, hints, Record::Object(object, text)).map_err(told),
        Json::Text(text) => rows.add(None, hints, Record::Line(text.as_bytes())).map_err(told),
        _ => {
            rows.reject_unread(Reject::Malformed);
            Err("neither an object nor a text".to_owned())
        }
    }
}
