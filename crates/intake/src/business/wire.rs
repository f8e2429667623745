//! The two forms that points come in, as [`Point`]s.
//!
//! JSON: `{"points": [{"metric": "orders", "time": "2026-10-01T09:00:00+09:00", "value": 5032,
//! "unit": "{order}", "kind": "count", "dimensions": {"team": "checkout"}}]}`; `time_ms` in place of
//! `time`. CSV as RFC 4180 has it, with a header; `,`, `;` and tabs separate.

use crate::records::time;
use crate::refusal::Refusal;
use hannun_model::limits::{BUSINESS_DIMENSIONS_MAX, BUSINESS_POINTS_MAX, BUSINESS_TEXT_BYTES_MAX};
use hannun_model::money::Money;
use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

const DAY_NS: i64 = 86_400_000_000_000;
const MILLISECOND_NS: i64 = 1_000_000;

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// How many there were since the point before: values of several times add up.
    #[default]
    Count,
    /// How many there are at the time: values of several times have a mean.
    Level,
}

/// A point that can be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct Point {
    pub metric: String,
    pub unit: Option<String>,
    pub kind: Kind,
    /// Nanoseconds since 1970.
    pub time_ns: i64,
    pub value: f64,
    pub dimensions: BTreeMap<String, String>,
}

/// A point, or why it is none, with its number as a person counts: points from one, and of a table
/// the lines of the file.
pub type Numbered = (usize, Result<Point, String>);

/// The columns of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CsvParameters {
    /// Name of the metric.
    pub metric: String,
    /// Column of the time; `time` when not given.
    pub time: Option<String>,
    /// Column of the value; that of the metric's name, or `value`, when not given.
    pub value: Option<String>,
    pub unit: Option<String>,
    pub kind: Option<Kind>,
    /// Columns that are dimensions, separated by commas; all others when not given.
    pub dimensions: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonBody {
    points: Vec<Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct JsonPoint {
    metric: String,
    time: Option<Value>,
    time_ms: Option<i64>,
    value: Value,
    unit: Option<String>,
    #[serde(default)]
    kind: Kind,
    #[serde(default)]
    dimensions: BTreeMap<String, Value>,
}

/// Reads points from JSON.
///
/// # Errors
/// When the body is not a list of points at all; a point that is wrong is told as one.
pub fn json(body: &[u8]) -> Result<Vec<Numbered>, Refusal> {
    let body: JsonBody = serde_json::from_slice(body)
        .map_err(|error| Refusal::Malformed(format!("malformed JSON: {error}")))?;
    bounded(body.points.len())?;
    let points = body.points.into_iter().enumerate();
    Ok(points.map(|(index, point)| (index + 1, json_point(point))).collect())
}

fn bounded(points: usize) -> Result<(), Refusal> {
    if points > BUSINESS_POINTS_MAX {
        let message = format!("more than {BUSINESS_POINTS_MAX} points; send them in parts");
        return Err(Refusal::Malformed(message));
    }
    Ok(())
}

fn json_point(point: Value) -> Result<Point, String> {
    let point: JsonPoint = serde_json::from_value(point).map_err(|error| error.to_string())?;
    let time_ns = match (&point.time, point.time_ms) {
        (Some(_), Some(_)) => return Err("has both time and time_ms; send one".to_owned()),
        (None, None) => return Err("has no time; send time or time_ms".to_owned()),
        (None, Some(time_ms)) => time_ms.checked_mul(MILLISECOND_NS).ok_or_else(wrong_time)?,
        (Some(Value::String(text)), None) => time_of(text)?,
        (Some(Value::Number(number)), None) => time_of(&number.to_string())?,
        (Some(_), None) => return Err(wrong_time()),
    };
    let value = match &point.value {
        Value::Number(number) => number.as_f64().ok_or_else(|| wrong_value("a number"))?,
        Value::String(text) => number_of(text)?,
        other => return Err(wrong_value(&other.to_string())),
    };
    let mut dimensions = BTreeMap::new();
    for (name, value) in point.dimensions {
        let text = match value {
            Value::Null => continue,
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(value) => value.to_string(),
            Value::Array(_) | Value::Object(_) => {
                return Err(format!(
                    "the dimension {} is neither a text nor a number",
                    shown(&name)
                ));
            }
        };
        dimensions.insert(name, text);
    }
    let JsonPoint { metric, unit, kind, .. } = point;
    checked(Point { metric, unit, kind, time_ns, value, dimensions })
}

/// Reads points from a table.
///
/// # Errors
/// When the header lacks a column, or a row cannot be told from the next.
pub fn csv(body: &[u8], parameters: &CsvParameters) -> Result<Vec<Numbered>, Refusal> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let mut reader =
        csv::ReaderBuilder::new().delimiter(separator(body)).flexible(true).from_reader(body);
    let malformed = |error: csv::Error| Refusal::Malformed(format!("malformed CSV: {error}"));
    let header = reader.headers().map_err(malformed)?.clone();
    let columns = Columns::of(&header, parameters).map_err(Refusal::Malformed)?;
    let mut points = Vec::new();
    let mut record = csv::StringRecord::new();
    while reader.read_record(&mut record).map_err(malformed)? {
        let line = record.position().map_or(0, |position| line_of(body, position));
        bounded(points.len() + 1)?;
        let point = columns.point(&header, &record, parameters);
        points.push((line, point));
    }
    Ok(points)
}

/// The line that a record begins in: its position is that of the empty lines before it.
fn line_of(body: &[u8], position: &csv::Position) -> usize {
    let line = usize::try_from(position.line()).unwrap_or(usize::MAX);
    let at = usize::try_from(position.byte()).unwrap_or(usize::MAX);
    let before = body.get(at..).unwrap_or_default().iter();
    let empty = before.take_while(|byte| matches!(byte, b'\n' | b'\r'));
    line.saturating_add(empty.filter(|byte| **byte == b'\n').count())
}

/// Where things stand in a table.
#[derive(Debug)]
struct Columns {
    time: usize,
    value: usize,
    dimensions: Vec<usize>,
}

impl Columns {
    fn of(header: &csv::StringRecord, parameters: &CsvParameters) -> Result<Self, String> {
        let find = |name: &str| header.iter().position(|column| column.trim() == name);
        let wanted = |name: &str| {
            let names: Vec<&str> = header.iter().take(BUSINESS_DIMENSIONS_MAX).collect();
            find(name).ok_or_else(|| {
                format!("there is no column {}; the columns are {}", shown(name), names.join(", "))
            })
        };
        let time = wanted(parameters.time.as_deref().unwrap_or("time"))?;
        let value = match parameters.value.as_deref() {
            Some(name) => wanted(name)?,
            None => find(&parameters.metric).map_or_else(|| wanted("value"), Ok)?,
        };
        let dimensions = match parameters.dimensions.as_deref() {
            None => (0..header.len()).filter(|at| *at != time && *at != value).collect(),
            Some(names) => {
                let names = names.split(',').map(str::trim).filter(|name| !name.is_empty());
                names.map(wanted).collect::<Result<_, String>>()?
            }
        };
        Ok(Self { time, value, dimensions })
    }

    fn point(
        &self,
        header: &csv::StringRecord,
        record: &csv::StringRecord,
        parameters: &CsvParameters,
    ) -> Result<Point, String> {
        if record.len() != header.len() {
            let (columns, cells) = (header.len(), record.len());
            return Err(format!("has {cells} cells where the header has {columns}"));
        }
        let cell = |at: usize| record.get(at).unwrap_or_default().trim();
        let name = |at: usize| header.get(at).unwrap_or_default().trim();
        let dimensions = self.dimensions.iter().map(|at| (name(*at), cell(*at)));
        checked(Point {
            metric: parameters.metric.clone(),
            unit: parameters.unit.clone(),
            kind: parameters.kind.unwrap_or_default(),
            time_ns: time_of(cell(self.time))?,
            value: number_of(cell(self.value))?,
            dimensions: dimensions.map(|(name, text)| (name.to_owned(), text.to_owned())).collect(),
        })
    }
}

/// What separates the cells of the first line.
fn separator(body: &[u8]) -> u8 {
    let line = body.split(|byte| matches!(byte, b'\n' | b'\r')).next().unwrap_or_default();
    let count = |separator: u8| line.iter().filter(|byte| **byte == separator).count();
    [b';', b'\t'].into_iter().find(|it| count(*it) > count(b',')).unwrap_or(b',')
}

/// A time: RFC 3339, the same without a zone (UTC), a day, or a number of seconds or smaller units.
fn time_of(text: &str) -> Result<i64, String> {
    let text = text.trim();
    if let Some(day) = day_of(text) {
        return day.checked_mul(DAY_NS).ok_or_else(wrong_time);
    }
    time::of_text(text).map(|(time_ns, _)| time_ns).ok_or_else(wrong_time)
}

fn day_of(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<u16>().ok().map(i64::from);
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    if !(1..=12).contains(&month) {
        return None;
    }
    let first = time::days_since_1970(year, month, 1);
    let next = time::days_since_1970(year + month / 12, month % 12 + 1, 1);
    (1..=next - first).contains(&day).then_some(first + day - 1)
}

fn number_of(text: &str) -> Result<f64, String> {
    text.trim().parse().map_err(|_| wrong_value(text))
}

fn wrong_time() -> String {
    "has a time that is none; write it as 2026-10-01T09:00:00+09:00, as a day, or in milliseconds"
        .to_owned()
}

fn wrong_value(text: &str) -> String {
    format!("has the value {}, which is no number; write it as 1234.5", shown(text))
}

fn shown(text: &str) -> String {
    format!("{:?}", text.chars().take(40).collect::<String>())
}

/// The point with its texts trimmed and its empty dimensions left out, when it is within the limits.
fn checked(point: Point) -> Result<Point, String> {
    let Point { metric, unit, kind, time_ns, value, dimensions } = point;
    let metric = text_of("the metric", &metric)?.ok_or("names no metric")?;
    let unit = unit.map_or(Ok(None), |unit| text_of("the unit", &unit))?;
    if !value.is_finite() {
        return Err(wrong_value(&value.to_string()));
    }
    // Costs could not be divided by it, nor by any other point of the metric in its time.
    if Money::from_f64(value).is_none() {
        return Err(format!("has the value {value:e}, which is too much to count with"));
    }
    let mut kept = BTreeMap::new();
    for (name, value) in dimensions {
        let name =
            text_of("the name of a dimension", &name)?.ok_or("has a dimension without a name")?;
        if let Some(value) = text_of(&format!("the dimension {}", shown(&name)), &value)? {
            kept.insert(name, value);
        }
    }
    if kept.len() > BUSINESS_DIMENSIONS_MAX {
        return Err(format!("has more than {BUSINESS_DIMENSIONS_MAX} dimensions"));
    }
    Ok(Point { metric, unit, kind, time_ns, value, dimensions: kept })
}

fn text_of(what: &str, text: &str) -> Result<Option<String>, String> {
    let text = text.trim();
    if text.len() > BUSINESS_TEXT_BYTES_MAX {
        return Err(format!("{what} is longer than {BUSINESS_TEXT_BYTES_MAX} bytes"));
    }
    if text.chars().any(char::is_control) {
        return Err(format!("{what} has control characters"));
    }
    Ok((!text.is_empty()).then(|| text.to_owned()))
}
