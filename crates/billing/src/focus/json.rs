//! JSON cells of bills: checked, and written the shortest way.
//!
//! Numbers keep their digits: `32.016000` in a contract is not read as a float. Tags come in three
//! shapes, of which objects are made: objects, lists of `{"key": …, "value": …}` (exports of Google
//! Cloud), and the inside of an object without its braces (cost details of Azure).

use crate::error::Problem;
use hannun_model::typed_json;
use serde::Deserialize;
use serde::de::IgnoredAny;
use std::collections::HashMap;

const WANTED: &str = "JSON, such as {\"team\":\"shop\"}";
/// Texts that are remembered: bills repeat few of them, and checking costs more than finding.
const REMEMBERED_MAX: usize = 4096;

/// What a JSON cell holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum JsonKind {
    Any,
    /// Names and values, in one of their shapes.
    Tags,
}

/// Normalises the JSON of one column.
#[derive(Debug)]
pub(crate) struct Json {
    kind: JsonKind,
    remembered: HashMap<String, Option<String>, foldhash::fast::RandomState>,
}

/// One tag of a list.
#[derive(Deserialize)]
struct ListedTag {
    #[serde(alias = "Key", alias = "name")]
    key: String,
    #[serde(alias = "Value", default)]
    value: Option<serde_json::Value>,
}

impl Json {
    pub(crate) fn new(kind: JsonKind) -> Self {
        Self { kind, remembered: HashMap::default() }
    }

    /// The cell in its shortest form; `None` when it holds nothing.
    pub(crate) fn normalised(&mut self, text: &str) -> Result<Option<&str>, Problem> {
        if !self.remembered.contains_key(text) {
            if self.remembered.len() >= REMEMBERED_MAX {
                self.remembered.clear();
            }
            let normal = normal(text, self.kind)?;
            self.remembered.insert(text.to_owned(), normal);
        }
        Ok(self.remembered.get(text).and_then(Option::as_deref))
    }
}

fn normal(text: &str, kind: JsonKind) -> Result<Option<String>, Problem> {
    let text = text.trim();
    let wrapped;
    let text = match (kind, text.as_bytes().first()) {
        (JsonKind::Tags, Some(b'"')) => {
            wrapped = format!("{{{text}}}");
            wrapped.as_str()
        }
        (JsonKind::Tags, Some(b'[')) => {
            wrapped = of_list(text)?;
            wrapped.as_str()
        }
        _ => text,
    };
    if text.is_empty() || serde_json::from_str::<IgnoredAny>(text).is_err() {
        return Err(Problem::value(text, WANTED));
    }
    if kind == JsonKind::Tags && !text.starts_with('{') {
        return Err(Problem::value(text, WANTED));
    }
    let short = without_space(text);
    Ok((!matches!(short.as_str(), "{}" | "[]" | "null")).then_some(short))
}

/// An object of a list of tags.
fn of_list(text: &str) -> Result<String, Problem> {
    let tags: Vec<ListedTag> =
        serde_json::from_str(text).map_err(|_| Problem::value(text, WANTED))?;
    let values = tags.into_iter().map(|tag| (tag.key, tag.value.unwrap_or_default()));
    Ok(object(values.map(|(key, value)| match value {
        serde_json::Value::String(text) => (key, text),
        serde_json::Value::Null => (key, String::new()),
        other => (key, other.to_string()),
    })))
}

/// An object of texts.
pub(crate) fn object(
    entries: impl IntoIterator<Item = (impl AsRef<str>, impl AsRef<str>)>,
) -> String {
    let mut out = String::from("{");
    for (key, value) in entries {
        if out.len() > 1 {
            out.push(',');
        }
        typed_json::write_key(&mut out, key.as_ref());
        typed_json::write_string(&mut out, value.as_ref());
    }
    out.push('}');
    out
}

/// Valid JSON without the space between its tokens.
fn without_space(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut in_string, mut escaped) = (false, false);
    for letter in text.chars() {
        if in_string {
            in_string = escaped || letter != '"';
            escaped = !escaped && letter == '\\';
        } else if matches!(letter, ' ' | '\t' | '\n' | '\r') {
            continue;
        } else {
            in_string = letter == '"';
        }
        out.push(letter);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(kind: JsonKind, text: &str) -> Option<String> {
        Json::new(kind).normalised(text).unwrap().map(str::to_owned)
    }

    #[test]
    fn tags_of_all_shapes_become_objects() {
        for (text, means) in [
            (r#"{ "team": "a \" b" , "n": 1 }"#, Some(r#"{"team":"a \" b","n":1}"#)),
            (r#""team": "shop","env": "prod""#, Some(r#"{"team":"shop","env":"prod"}"#)),
            (r#"[{"key":"team","value":"shop"},{"key":"n"}]"#, Some(r#"{"team":"shop","n":""}"#)),
            ("{}", None),
            ("[]", None),
        ] {
            assert_eq!(read(JsonKind::Tags, text).as_deref(), means, "{text}");
        }
    }

    #[test]
    fn numbers_keep_their_digits_and_what_is_no_json_is_refused() {
        let text = "{\"Elements\": [ {\"Cost\": 32.0160001234567890123} ]}";
        let short = "{\"Elements\":[{\"Cost\":32.0160001234567890123}]}";
        assert_eq!(read(JsonKind::Any, text).as_deref(), Some(short));
        for text in ["team=shop", "{\"a\":}", "", "{\"a\":1} x"] {
            let problem = Json::new(JsonKind::Any).normalised(text).unwrap_err().to_string();
            assert!(problem.contains("is not JSON, such as"), "{problem}");
        }
        assert!(Json::new(JsonKind::Tags).normalised("17").is_err());
    }
}
