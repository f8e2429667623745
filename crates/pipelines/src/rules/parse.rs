//! Parsing: fields out of a text.

use super::dissect::Dissect;
use super::grok::{self, Conversion};
use super::{RuleError, logfmt};
use crate::field::Field;
use crate::record::{ChangedRecord, RecordView};
use hannun_model::limits::{LOG_REGEX_BYTES_MAX, LOG_REGEX_CACHE_BYTES_MAX, VALUE_DEPTH_MAX};
use hannun_model::severity::number_of_text;
use hannun_model::table::logs;
use hannun_model::value::Value;
use regex::{Regex, RegexBuilder};

/// Keys that say how severe a record is, the first that is there counts.
const SEVERITY_KEYS: [&str; 6] =
    ["level", "severity", "lvl", "log.level", "loglevel", "severity_text"];
/// Keys of the message proper.
const MESSAGE_KEYS: [&str; 4] = ["message", "msg", "log", "event"];

/// How the text is written.
#[derive(Debug)]
pub(crate) enum Format {
    Json,
    Logfmt,
    Dissect(Dissect),
    /// Groups of a regex: name of the group, field, conversion.
    Regex(Regex, Vec<(String, String, Conversion)>),
}

/// What a parse rule does.
#[derive(Debug)]
pub(crate) struct Parse {
    pub(crate) format: Format,
    pub(crate) field: Field,
    /// Put before each key, with its dot.
    pub(crate) prefix: String,
    pub(crate) keep_source: bool,
}

/// Compiles a regex within the limits of the house.
pub(crate) fn compile_regex(pattern: &str) -> Result<Regex, String> {
    RegexBuilder::new(pattern)
        .size_limit(LOG_REGEX_BYTES_MAX)
        .dfa_size_limit(LOG_REGEX_CACHE_BYTES_MAX)
        .build()
        .map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => {
                "too large once compiled, use fewer or smaller repetitions".to_owned()
            }
            // The last line says what; those before draw where.
            other => {
                let text = other.to_string();
                let last = text.lines().last().unwrap_or_default();
                format!("not a regex: {}", last.trim_start_matches("error: "))
            }
        })
}

impl Format {
    pub(crate) fn grok(pattern: &str) -> Result<Self, String> {
        let expanded = grok::expand(pattern)?;
        let regex = compile_regex(&expanded.regex)?;
        let mut fields = expanded.fields;
        // Groups that somebody wrote himself are fields as well.
        let own = named_groups(&regex);
        fields.extend(own.into_iter().filter(|(group, ..)| !is_made_group(group)));
        if fields.is_empty() {
            return Err("no field in it, write one as %{WORD:name}".to_owned());
        }
        Ok(Self::Regex(regex, fields))
    }

    pub(crate) fn regex(pattern: &str) -> Result<Self, String> {
        let regex = compile_regex(pattern)?;
        let fields = named_groups(&regex);
        if fields.is_empty() {
            return Err("no named group in it, write one as (?<name>…)".to_owned());
        }
        Ok(Self::Regex(regex, fields))
    }

    fn fields(&self, text: &str) -> Result<Vec<(String, Value)>, RuleError> {
        match self {
            Self::Json => parse_json(text),
            Self::Logfmt => logfmt::parse(text),
            Self::Dissect(dissect) => dissect.parse(text),
            Self::Regex(regex, groups) => {
                let captures = regex.captures(text).ok_or("does not match the pattern")?;
                let fields = groups.iter().filter_map(|(group, field, conversion)| {
                    let found = captures.name(group)?;
                    Some((field.clone(), convert(found.as_str(), *conversion)))
                });
                Ok(fields.collect())
            }
        }
        .map_err(RuleError::from)
    }
}

fn is_made_group(group: &str) -> bool {
    group.strip_prefix('g').is_some_and(|number| number.parse::<usize>().is_ok())
}

fn named_groups(regex: &Regex) -> Vec<(String, String, Conversion)> {
    let names = regex.capture_names().flatten();
    names.map(|name| (name.to_owned(), name.to_owned(), Conversion::Text)).collect()
}

/// A text that does not fit the type stays a text.
fn convert(text: &str, conversion: Conversion) -> Value {
    let converted = match conversion {
        Conversion::Text => None,
        Conversion::Int => text.parse().ok().map(Value::Int),
        Conversion::Float => text.parse().ok().filter(|it: &f64| it.is_finite()).map(Value::Double),
        Conversion::Bool => text.to_ascii_lowercase().parse().ok().map(Value::Bool),
    };
    converted.unwrap_or_else(|| Value::Text(text.to_owned()))
}

fn parse_json(text: &str) -> Result<Vec<(String, Value)>, String> {
    let text = text.trim();
    if !text.starts_with('{') {
        return Err("not a JSON object".to_owned());
    }
    let json: serde_json::Value =
        serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
    match from_json(json, 0) {
        Some(Value::Map(fields)) => Ok(fields),
        _ => Err(format!("nested deeper than {VALUE_DEPTH_MAX}")),
    }
}

/// `None` when it is nested too deep.
fn from_json(json: serde_json::Value, depth: usize) -> Option<Value> {
    if depth > VALUE_DEPTH_MAX {
        return None;
    }
    Some(match json {
        serde_json::Value::Null => Value::Empty,
        serde_json::Value::Bool(flag) => Value::Bool(flag),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(int) => Value::Int(int),
            // A whole number past 64 bits keeps its digits.
            None if !number.is_f64() => Value::Text(number.to_string()),
            None => Value::Double(number.as_f64().unwrap_or(f64::NAN)),
        },
        serde_json::Value::String(text) => Value::Text(text),
        serde_json::Value::Array(items) => Value::Array(
            items.into_iter().map(|item| from_json(item, depth + 1)).collect::<Option<_>>()?,
        ),
        serde_json::Value::Object(fields) => Value::Map(
            fields
                .into_iter()
                .map(|(key, item)| Some((key, from_json(item, depth + 1)?)))
                .collect::<Option<_>>()?,
        ),
    })
}

impl Parse {
    /// The fields of a record; nothing is changed yet.
    pub(crate) fn read(&self, view: RecordView<'_>) -> Result<Vec<(String, Value)>, RuleError> {
        let source = self
            .field
            .read(view)
            .ok_or_else(|| RuleError::from(format!("there is no {}", self.field)))?;
        self.format.fields(&source)
    }

    /// Puts the fields into the record.
    pub(crate) fn write(
        &self,
        record: &mut ChangedRecord,
        fields: Vec<(String, Value)>,
        severity_is_known: bool,
    ) {
        if !severity_is_known {
            set_severity(record, &fields);
        }
        let mut message = None;
        if !self.keep_source {
            match &self.field {
                Field::Attribute(key) => drop(record.remove_attribute(key)),
                _ => message = MESSAGE_KEYS.iter().find_map(|key| position(&fields, key)),
            }
        }
        for (index, (key, value)) in fields.into_iter().enumerate() {
            match value {
                Value::Text(text) if message == Some(index) => record.set_message(&text),
                value if self.prefix.is_empty() => record.set_value(&key, &value),
                value => record.set_value(&format!("{}{key}", self.prefix), &value),
            }
        }
    }
}

/// Where a field that holds text is.
fn position(fields: &[(String, Value)], key: &str) -> Option<usize> {
    fields.iter().position(|(known, value)| known == key && matches!(value, Value::Text(_)))
}

fn set_severity(record: &mut ChangedRecord, fields: &[(String, Value)]) {
    let text = SEVERITY_KEYS.iter().find_map(|key| position(fields, key)).map(|at| &fields[at].1);
    if let Some(Value::Text(text)) = text
        && let Some(number) = number_of_text(text)
    {
        record.set_int(logs::SEVERITY_NUMBER, number);
        record.set_text(logs::SEVERITY_TEXT, text);
    }
}
