//! Documents as YAML, read and written so that both ways give the same document.

use crate::error::FieldError;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

/// A document outside the ledger: in a file, or in a set to apply.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = ExportedDocument)]
pub struct FileDocument {
    /// What it is.
    pub kind: String,
    /// Which one it is.
    pub id: String,
    /// What it says.
    #[schema(value_type = std::collections::HashMap<String, Value>)]
    pub body: Value,
}

/// Where and why a text is not YAML of documents.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct YamlFault {
    /// From one; zero when not known.
    pub line: u64,
    /// From one; zero when not known.
    pub column: u64,
    /// What is wrong.
    pub message: String,
}

impl From<serde_saphyr::Error> for YamlFault {
    fn from(error: serde_saphyr::Error) -> Self {
        let location = error.location();
        Self {
            line: location.map_or(0, |location| location.line()),
            column: location.map_or(0, |location| location.column()),
            message: error.without_snippet().to_string(),
        }
    }
}

/// What looks like another type only in some versions of YAML is text: `no`, `0755`, `1_000`.
pub(crate) fn options() -> serde_saphyr::Options {
    serde_saphyr::options! {
        strict_booleans: true,
        leading_zero_numbers_as_strings: true,
        underscored_numbers_as_strings: true,
        with_snippet: false,
    }
}

/// A document as YAML, always the same text for the same document.
///
/// # Errors
/// When the document holds what YAML cannot say; no JSON does.
pub fn to_yaml(document: &FileDocument) -> Result<String, FieldError> {
    let sorted = FileDocument { body: sorted(&document.body), ..document.clone() };
    let path = || format!("{}/{}", document.kind, document.id);
    let text = write(&sorted).map_err(|message| FieldError::new(path(), message))?;
    Ok(if text.ends_with('\n') { text } else { format!("{text}\n") })
}

/// A body as text to compare: YAML, or JSON where that fails.
pub fn body_text(body: &Value) -> String {
    let text = write(&sorted(body)).unwrap_or_else(|_| format!("{body:#}"));
    if text.ends_with('\n') { text } else { format!("{text}\n") }
}

/// The documents of a text, separated by `---`. Empty ones are passed over.
pub(crate) fn from_yaml(text: &str) -> Result<Vec<FileDocument>, YamlFault> {
    let documents: Vec<Option<FileDocument>> =
        serde_saphyr::from_multiple_with_options(text, options()).map_err(YamlFault::from)?;
    Ok(documents.into_iter().flatten().collect())
}

fn write<T: Serialize>(value: &T) -> Result<String, String> {
    serde_saphyr::to_string(value).map_err(|error| error.to_string())
}

/// The same value with the keys of its objects in order, whatever order the map type keeps.
fn sorted(value: &Value) -> Value {
    match value {
        Value::Object(fields) => {
            let mut names: Vec<_> = fields.iter().collect();
            names.sort_by_key(|(name, _)| *name);
            names.into_iter().map(|(name, value)| (name.clone(), sorted(value))).collect()
        }
        Value::Array(items) => items.iter().map(sorted).collect(),
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn document(body: Value) -> FileDocument {
        FileDocument { kind: "saved-view".to_owned(), id: "a".to_owned(), body }
    }

    fn round_trip(body: Value) {
        let document = document(body);
        let text = to_yaml(&document).unwrap();
        assert_eq!(from_yaml(&text), Ok(vec![document.clone()]), "{text}");
        // After others as well, which is how several stand in one file.
        let twice = format!("{text}---\n{text}");
        assert_eq!(from_yaml(&twice), Ok(vec![document.clone(), document]), "{twice}");
    }

    const LOOKALIKES: &[&str] = &[
        "",
        " ",
        "no",
        "No",
        "yes",
        "on",
        "off",
        "y",
        "n",
        "true",
        "TRUE",
        "null",
        "Null",
        "~",
        "1",
        "1.0",
        "-1",
        "+1",
        "1e3",
        "0x1F",
        "0o17",
        "0755",
        "1_000",
        "1:30",
        "12:30:45",
        ".5",
        "5.",
        ".inf",
        "-.inf",
        ".nan",
        "NaN",
        "2026-01-02",
        "2026-01-02T03:04:05Z",
        "---",
        "...",
        "- a",
        "-",
        "?",
        ":",
        "a: b",
        "a #b",
        "#b",
        "&a",
        "*a",
        "!a",
        "!!str",
        "|",
        ">",
        "%a",
        "@a",
        "`a",
        "'a'",
        "\"a\"",
        "a'b",
        "a\"b",
        "[a]",
        "{a}",
        "a,b",
        "<<",
        "=",
        "한국어",
        "느린 주문: 결제",
        "😀",
        "line\nline",
        "line\n",
        "\nline",
        "\n",
        "\n\n",
        "line\n\nline\n\n",
        " leading",
        "trailing ",
        "a \nb",
        "  a\nb",
        "\ta",
        "a\tb",
        "a\r\nb",
        "a\rb",
        "\r",
        "a\u{0}b",
        "\u{7f}",
        "\u{85}",
        "\u{a0}",
        "\u{2028}",
        "\u{feff}",
        "\\n",
    ];

    #[test]
    fn texts_that_look_like_something_else_stay_texts() {
        for &text in LOOKALIKES {
            round_trip(json!({"text": text, "list": [text, text], "inner": {"text": text}}));
            round_trip(json!({ text: 1 }));
            round_trip(json!(text));
        }
    }

    #[test]
    fn long_texts_are_kept_to_the_letter() {
        let words = "한국어 word  two blanks ".repeat(30);
        for text in
            [words.clone(), format!(" {words}"), format!("{words}\n{words}\n"), "x".repeat(500)]
        {
            round_trip(json!({"sql": text, "list": [text]}));
        }
    }

    #[test]
    fn numbers_keep_their_kind_and_value() {
        for number in
            [json!(0), json!(-1), json!(u64::MAX), json!(i64::MIN), json!(1.0), json!(0.1)]
        {
            round_trip(json!({"n": number, "list": [number]}));
        }
        for number in [f64::MAX, f64::MIN_POSITIVE, 1e300, 1e-300, 123_456_789.123] {
            round_trip(json!({"n": number}));
        }
    }

    #[test]
    fn empty_collections_and_nothing_are_told_apart() {
        round_trip(json!({"a": {}, "b": [], "c": null, "d": [[], {}, null, [[]]], "e": ""}));
        for body in [json!({}), json!([]), json!(null)] {
            round_trip(body);
        }
    }

    #[test]
    fn a_document_reads_as_people_write_it() {
        let text = "# ours\nkind: saved-view\nid: slow\nbody:\n  title: no\n  sql: |\n    SELECT 1\n    FROM a\n---\n---\nkind: saved-view\nid: b\nbody: {}\n";
        let slow = json!({"title": "no", "sql": "SELECT 1\nFROM a\n"});
        let documents = from_yaml(text).unwrap();
        assert_eq!(documents.len(), 2);
        assert_eq!((documents[0].id.as_str(), &documents[0].body), ("slow", &slow));
    }

    #[test]
    fn faults_tell_line_and_column() {
        let fault = from_yaml("kind: saved-view\nid: a\nbody:\n  x: [1\n").unwrap_err();
        assert!(fault.line >= 4, "{fault:?}");
        let fault = from_yaml("kind: a\nid: a\nbodi: {}\n").unwrap_err();
        assert_eq!(fault.line, 3, "{fault:?}");
        assert!(fault.message.contains("bodi"), "{fault:?}");
        let fault = from_yaml("kind: a\nid: a\nid: b\nbody: {}\n").unwrap_err();
        assert_eq!(fault.line, 3, "{fault:?}");
    }

    fn any_body() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            any::<f64>().prop_filter("JSON has no others", |n| n.is_finite()).prop_map(Value::from),
            any::<String>().prop_map(Value::from),
            "[ \\n\\t:#'\"|>-]{0,12}".prop_map(Value::from),
            "[a-z가-힣 \\n]{0,200}".prop_map(Value::from),
            "[0-9._:+-]{1,10}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 6, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
                prop::collection::vec((prop_oneof!["[a-z_]{1,8}", any::<String>()], inner), 0..6)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]
        #[test]
        fn any_body_survives_being_yaml(body in any_body()) {
            round_trip(body);
        }
    }
}
