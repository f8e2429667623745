//! The business behind a call: ids that its own span carries, or the spans it was part of.

use crate::affected::CallRow;
use hannun_api::range::{Scope, TIME_MS_MAX};
use hannun_model::limits::{
    EVIDENCE_IDS_LISTED_MAX, EVIDENCE_KEYS_SUGGESTED_MAX, EVIDENCE_SPANS_SUGGESTED_FROM,
    EVIDENCE_TRACES_SUGGESTED_FROM, EVIDENCE_VALUE_CHARACTERS_MAX, LENS_ROWS_MAX,
};
use hannun_model::semconv;
use hannun_model::table::Table;
use hannun_query::{Engine, QueryError, QueryLimits, typed};
use serde::Serialize;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::sync::Arc;
use utoipa::ToSchema;

/// Relatives of a call are looked for this long before and after it.
const MARGIN_MS: i64 = 3_600_000;
/// Traces asked about at once: their ids stand in a query.
const TRACES_AT_ONCE: usize = 1000;
/// Ancestors followed from a call.
const ANCESTORS_MAX: usize = 64;
/// Words in a key for things that the business knows by a number …
const BUSINESS_WORDS: [&str; 16] = [
    "order",
    "customer",
    "user",
    "account",
    "member",
    "invoice",
    "payment",
    "booking",
    "reservation",
    "shipment",
    "tenant",
    "contract",
    "vehicle",
    "ticket",
    "claim",
    "policy",
];
/// … and words for such numbers.
const NUMBER_WORDS: [&str; 9] =
    ["id", "no", "number", "num", "uuid", "key", "reference", "ref", "code"];
/// Beginnings of keys that instrumentation sets by itself.
const TECHNICAL: [&str; 22] = [
    "http.",
    "url.",
    "net.",
    "network.",
    "server.",
    "client.",
    "db.",
    "rpc.",
    "messaging.",
    "thread.",
    "code.",
    "user_agent.",
    "error.",
    "exception.",
    "otel.",
    "telemetry.",
    "process.",
    "peer.",
    "enduser.role",
    "span.",
    "internal.",
    "sampler.",
];
/// A key is chosen by itself when it is on at least this part of the slow calls.
const CHOSEN_SHARE_PERCENT_MIN: f64 = 50.0;

/// A key whose values may be ids of the business.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct AttributeKey {
    pub key: String,
    /// Part of the slow calls looked at that have it, in percent.
    pub share_percent: f64,
    pub example: String,
    /// Different values among them.
    pub distinct: u64,
}

/// The ids that slow calls had under one key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct AffectedIds {
    pub key: String,
    pub distinct: u64,
    /// By number when all values are whole numbers, else by text.
    pub smallest: Option<String>,
    pub largest: Option<String>,
    /// The first of them in the same order.
    pub values: Vec<String>,
}

/// Attributes by key.
pub type Values = BTreeMap<String, String>;

/// A span that a call may be part of.
#[derive(Debug, Clone, Default)]
struct Relative {
    parent_span_id: Option<String>,
    service: String,
    values: Values,
}

/// Spans around slow calls.
#[derive(Debug, Default)]
pub struct Relatives {
    spans: HashMap<(String, String), Relative>,
    /// Of the spans without a parent of each trace the first to begin: its start and its id.
    roots: HashMap<String, (i64, String)>,
}

/// What is read of each span.
enum Read<'a> {
    AllAttributes,
    Keys(&'a [String]),
}

/// Suggests keys, those that are most likely ids of the business first.
pub async fn suggest(
    engine: &Arc<Engine>,
    calls: &[CallRow],
) -> Result<Vec<AttributeKey>, QueryError> {
    let mut traces: Vec<&str> = Vec::new();
    for trace_id in calls.iter().rev().filter_map(|call| call.trace_id.as_deref()) {
        if !traces.contains(&trace_id) {
            traces.push(trace_id);
        }
        if traces.len() == EVIDENCE_TRACES_SUGGESTED_FROM {
            break;
        }
    }
    let sample: Vec<&CallRow> = calls
        .iter()
        .filter(|call| call.trace_id.as_deref().is_some_and(|id| traces.contains(&id)))
        .collect();
    let mut relatives = Relatives::default();
    relatives.read(engine, &sample, &traces, &Read::AllAttributes).await?;
    Ok(candidates(sample.iter().map(|call| relatives.values(call))))
}

/// What was found under the chosen keys.
#[derive(Debug, Default)]
pub struct Found {
    /// Of each call.
    pub values: Vec<Values>,
    /// False when the traces have more spans than are read: values may be missing.
    pub complete: bool,
}

/// The values of the chosen keys of each call.
pub async fn values(
    engine: &Arc<Engine>,
    calls: &[CallRow],
    keys: &[String],
) -> Result<Found, QueryError> {
    let mut found = Found { values: vec![Values::new(); calls.len()], complete: true };
    if keys.is_empty() {
        return Ok(found);
    }
    // In the order in which they began, so that those asked about together are near each other.
    let mut traces: Vec<&str> = Vec::new();
    let mut places: HashMap<&str, Vec<usize>> = HashMap::new();
    for (place, call) in calls.iter().enumerate() {
        let Some(trace_id) = call.trace_id.as_deref() else { continue };
        let of_trace = places.entry(trace_id).or_default();
        if of_trace.is_empty() {
            traces.push(trace_id);
        }
        of_trace.push(place);
    }
    for some in traces.chunks(TRACES_AT_ONCE) {
        let places: Vec<usize> = some.iter().flat_map(|id| &places[id]).copied().collect();
        let of_some: Vec<&CallRow> = places.iter().map(|place| &calls[*place]).collect();
        // Forgotten after each part: long traces have many spans.
        let mut relatives = Relatives::default();
        found.complete &= relatives.read(engine, &of_some, some, &Read::Keys(keys)).await?;
        for (place, call) in places.into_iter().zip(of_some) {
            found.values[place] = relatives.values(call);
        }
    }
    Ok(found)
}

impl Relatives {
    /// Answers whether all spans were read.
    async fn read(
        &mut self,
        engine: &Arc<Engine>,
        calls: &[&CallRow],
        traces: &[&str],
        read: &Read<'_>,
    ) -> Result<bool, QueryError> {
        if traces.is_empty() {
            return Ok(true);
        }
        let rows_max = match read {
            Read::AllAttributes => EVIDENCE_SPANS_SUGGESTED_FROM,
            Read::Keys(_) => LENS_ROWS_MAX,
        };
        let sql = relatives_sql(calls, traces, read);
        let limits = QueryLimits::asked(Some(rows_max), None);
        let answer = engine.rows::<Map<String, Value>>(&sql, limits).await?;
        for row in answer.rows {
            self.add(row, read);
        }
        Ok(!answer.truncated)
    }

    fn add(&mut self, mut row: Map<String, Value>, read: &Read<'_>) {
        let start_ns = row.remove("start_ns").and_then(|ns| ns.as_i64()).unwrap_or(i64::MAX);
        let mut text = |column: &str| match row.remove(column) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        let (Some(trace_id), Some(span_id)) = (text("trace_id"), text("span_id")) else { return };
        let parent_span_id = text("parent_span_id");
        let service = text("service").unwrap_or_default();
        let values = match read {
            Read::AllAttributes => all_values(row),
            Read::Keys(keys) => {
                let value = |(index, key): (usize, &String)| {
                    Some((key.clone(), shown(row.get(&format!("value_{index}"))?)?))
                };
                keys.iter().enumerate().filter_map(value).collect()
            }
        };
        if parent_span_id.is_none() {
            let root = (start_ns, span_id.clone());
            let first = self.roots.entry(trace_id.clone()).or_insert_with(|| root.clone());
            // Rows come in no order.
            *first = root.min(first.clone());
        }
        self.spans.insert((trace_id, span_id), Relative { parent_span_id, service, values });
    }

    /// Attributes of the call; of its ancestors within its service, the nearest first; of the first
    /// span of its trace.
    fn values(&self, call: &CallRow) -> Values {
        let mut values = Values::new();
        let Some(trace_id) = &call.trace_id else { return values };
        let find = |span_id: &str| self.spans.get(&(trace_id.clone(), span_id.to_owned()));
        let mut next = call.span_id.as_deref();
        for _ in 0..ANCESTORS_MAX {
            let Some(relative) = next.and_then(find) else { break };
            if relative.service != call.service {
                break;
            }
            add_missing(&mut values, &relative.values);
            next = relative.parent_span_id.as_deref();
        }
        if let Some(root) = self.roots.get(trace_id).and_then(|(_, root)| find(root)) {
            add_missing(&mut values, &root.values);
        }
        values
    }
}

fn add_missing(values: &mut Values, more: &Values) {
    for (key, value) in more {
        if !values.contains_key(key) {
            values.insert(key.clone(), value.clone());
        }
    }
}

/// Columns of `spans` that hold an attribute, by the key of the attribute.
fn columns() -> BTreeMap<&'static str, &'static str> {
    semconv::item_attributes(Table::Spans)
        .iter()
        .filter(|(_, hot)| hot.canonical)
        .map(|(key, hot)| (key, Table::Spans.columns()[hot.column].name))
        .collect()
}

fn relatives_sql(calls: &[&CallRow], traces: &[&str], read: &Read<'_>) -> String {
    let starts_ms = calls.iter().map(|call| call.start_ns.div_euclid(1_000_000));
    let (first_ms, last_ms) =
        starts_ms.fold((i64::MAX, i64::MIN), |(first, last), ms| (first.min(ms), last.max(ms)));
    let around = Scope {
        from_ms: first_ms.saturating_sub(MARGIN_MS).max(0),
        to_ms: last_ms.saturating_add(MARGIN_MS).min(TIME_MS_MAX),
        environment: None,
    };
    let services: BTreeSet<&str> = calls.iter().map(|call| call.service.as_str()).collect();
    let list = |texts: &mut dyn Iterator<Item = &str>| {
        texts.map(typed::text).collect::<Vec<_>>().join(", ")
    };
    let columns = columns();
    let values = match read {
        Read::AllAttributes => {
            let columns: Vec<&str> = columns.values().copied().collect();
            format!("attributes, {}", columns.join(", "))
        }
        Read::Keys(keys) => {
            let value = |(index, key): (usize, &String)| {
                let attribute = format!("attr(attributes, {})", typed::text(key));
                let value = match columns.get(key.as_str()) {
                    Some(column) => format!("coalesce(CAST({column} AS VARCHAR), {attribute})"),
                    None => attribute,
                };
                format!("{value} AS value_{index}")
            };
            keys.iter().enumerate().map(value).collect::<Vec<_>>().join(", ")
        }
    };
    format!(
        "SELECT trace_id, span_id, parent_span_id, CAST(start_time AS BIGINT) AS start_ns, \
         coalesce(service_name, '') AS service, {values} FROM spans WHERE {} AND trace_id IN ({}) \
         AND (parent_span_id IS NULL OR coalesce(service_name, '') IN ({}))",
        around.condition("start_time"),
        list(&mut traces.iter().copied()),
        list(&mut services.into_iter()),
    )
}

/// Attributes of a span as texts, those in columns under their keys.
fn all_values(mut row: Map<String, Value>) -> Values {
    let mut values = Values::new();
    if let Some(Value::Object(attributes)) = row.remove("attributes") {
        values.extend(
            attributes.iter().filter_map(|(key, value)| Some((key.clone(), shown(value)?))),
        );
    }
    for (key, column) in columns() {
        if let Some(value) = row.get(column).and_then(shown) {
            values.insert(key.to_owned(), value);
        }
    }
    values
}

/// A value that can be an id: a text, a number, a truth value.
fn shown(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) if !text.is_empty() => text.clone(),
        Value::Number(number) => number.to_string(),
        Value::Bool(value) => value.to_string(),
        _ => return None,
    };
    Some(text.chars().take(EVIDENCE_VALUE_CHARACTERS_MAX).collect())
}

/// Keys with how many calls have them and how different their values are.
fn candidates(calls: impl Iterator<Item = Values>) -> Vec<AttributeKey> {
    let mut total = 0_u64;
    let mut keys: BTreeMap<String, (u64, HashSet<String>, String)> = BTreeMap::new();
    for values in calls {
        total += 1;
        for (key, value) in values {
            let (count, distinct, _) =
                keys.entry(key).or_insert_with(|| (0, HashSet::new(), value.clone()));
            *count += 1;
            distinct.insert(value);
        }
    }
    let mut keys: Vec<AttributeKey> = keys
        .into_iter()
        .map(|(key, (count, distinct, example))| AttributeKey {
            key,
            share_percent: 100.0 * count as f64 / total.max(1) as f64,
            example,
            distinct: distinct.len() as u64,
        })
        // What is the same everywhere tells no request from another.
        .filter(|key| key.distinct > 1 || total == 1)
        .collect();
    keys.sort_by(|a, b| {
        likelihood(&b.key)
            .cmp(&likelihood(&a.key))
            .then_with(|| b.share_percent.total_cmp(&a.share_percent))
            .then_with(|| b.distinct.cmp(&a.distinct))
            .then_with(|| a.key.cmp(&b.key))
    });
    keys.truncate(EVIDENCE_KEYS_SUGGESTED_MAX);
    keys
}

/// How much a key sounds like an id of the business; 0 when not at all.
fn likelihood(key: &str) -> u32 {
    if TECHNICAL.iter().any(|start| key.starts_with(start)) {
        return 0;
    }
    let words: Vec<String> = words(key).collect();
    let has = |known: &[&str]| words.iter().any(|word| known.contains(&word.as_str()));
    2 * u32::from(has(&BUSINESS_WORDS)) + u32::from(has(&NUMBER_WORDS))
}

/// Words of a key: `shop.orderNumber` has `shop`, `order` and `number`.
fn words(key: &str) -> impl Iterator<Item = String> {
    let mut words: Vec<String> = vec![String::new()];
    let mut before_is_lower = false;
    for character in key.chars() {
        let begins = character.is_uppercase() && before_is_lower || !character.is_alphanumeric();
        before_is_lower = character.is_lowercase() || character.is_numeric();
        if begins {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| character.is_alphanumeric()) {
            word.extend(character.to_lowercase());
        }
    }
    words.into_iter().filter(|word| !word.is_empty())
}

/// The key that is most likely the id that people will ask for, when there is any: of those that
/// sound alike, the one that tells most calls apart.
pub fn chosen_by_itself(keys: &[AttributeKey]) -> Option<String> {
    keys.iter()
        .filter(|key| key.share_percent >= CHOSEN_SHARE_PERCENT_MIN && likelihood(&key.key) > 0)
        .max_by_key(|key| (likelihood(&key.key), key.distinct))
        .map(|key| key.key.clone())
}

/// The different values of each key.
pub fn ids(keys: &[String], values: &[Values]) -> Vec<AffectedIds> {
    keys.iter()
        .map(|key| {
            let distinct: BTreeSet<&String> =
                values.iter().filter_map(|values| values.get(key)).collect();
            let mut sorted: Vec<&String> = distinct.into_iter().collect();
            if sorted.iter().all(|value| value.parse::<i64>().is_ok()) {
                sorted.sort_by_key(|value| value.parse::<i64>().unwrap_or(0));
            }
            AffectedIds {
                key: key.clone(),
                distinct: sorted.len() as u64,
                smallest: sorted.first().map(|value| (*value).clone()),
                largest: sorted.last().map(|value| (*value).clone()),
                values: sorted.into_iter().take(EVIDENCE_IDS_LISTED_MAX).cloned().collect(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests;
