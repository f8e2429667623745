//! What must not be kept of the variables that a client captured.
//!
//! Clients redact by a list of their own before they send. This is done again here, by the names
//! below and by those that a probe adds, because clients do not know the latter.

use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Names whose values are secret.
const SECRET: &[&str] = &[
    "auth",
    "authentication",
    "authorization",
    "bearer",
    "cardnumber",
    "connectionstring",
    "cookie",
    "cookies",
    "creditcard",
    "credentials",
    "csrf",
    "cvc",
    "cvv",
    "encryptionkey",
    "iban",
    "jwt",
    "masterkey",
    "mfa",
    "otp",
    "passphrase",
    "passwd",
    "pem",
    "pin",
    "privatekey",
    "proxyauthorization",
    "pwd",
    "residentregistrationnumber",
    "rrn",
    "salt",
    "sessionid",
    "sessionkey",
    "setcookie",
    "signingkey",
    "socialsecuritynumber",
    "ssn",
    "sshkey",
    "xcsrf",
    "xsrf",
];
/// Names that end in one of these are secret: `stripe_secret`, `db_password`.
const SECRET_ENDS: &[&str] =
    &["apikey", "accesskey", "credential", "password", "secret", "secretkey", "token"];
/// Places of a capture whose keys are names of the program.
const NAMED: &[&str] = &["arguments", "locals", "staticFields", "fields", "captureExpressions"];

/// Names whose values are not kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Redaction {
    also: BTreeSet<String>,
}

impl Redaction {
    /// The usual names and these.
    pub fn new(also: &[String]) -> Self {
        Self { also: also.iter().map(|name| normal(name)).filter(|it| !it.is_empty()).collect() }
    }

    /// Whether the value of this name is not kept. Case and the signs around words do not matter, nor
    /// the class that Python puts before private names: `_User__pin`.
    pub fn hides(&self, name: &str) -> bool {
        let private = name.strip_prefix('_').and_then(|it| it.split_once("__"));
        self.hides_normal(&normal(name))
            || private.is_some_and(|(_, private)| self.hides_normal(&normal(private)))
    }

    fn hides_normal(&self, name: &str) -> bool {
        SECRET.contains(&name)
            || SECRET_ENDS.iter().any(|end| name.ends_with(end))
            || self.also.contains(name)
    }

    /// Whether a name may be hidden of which only the beginning is known.
    fn may_hide(&self, beginning: &str) -> bool {
        let beginning = normal(beginning);
        let names = SECRET.iter().chain(SECRET_ENDS).copied();
        names.chain(self.also.iter().map(String::as_str)).any(|it| it.starts_with(&beginning))
    }

    /// Takes the values out of the captures of a snapshot. Answers how many.
    pub fn apply(&self, captures: &mut Value) -> usize {
        match captures {
            Value::Array(items) => items.iter_mut().map(|item| self.apply(item)).sum(),
            Value::Object(entries) => {
                let mut hidden = 0;
                for (key, value) in entries.iter_mut() {
                    hidden += match value {
                        Value::Object(named) if NAMED.contains(&key.as_str()) => {
                            named.iter_mut().map(|(name, it)| self.apply_to(name, it)).sum()
                        }
                        Value::Array(pairs) if key == "entries" => {
                            pairs.iter_mut().map(|pair| self.apply_to_pair(pair)).sum()
                        }
                        value => self.apply(value),
                    };
                }
                hidden
            }
            _ => 0,
        }
    }

    /// A value that has a name.
    fn apply_to(&self, name: &str, value: &mut Value) -> usize {
        if !self.hides(name) {
            return self.apply(value);
        }
        hide(value)
    }

    /// A key of a map and its value.
    fn apply_to_pair(&self, pair: &mut Value) -> usize {
        let Some([key, value]) = pair.as_array_mut().map(Vec::as_mut_slice) else {
            return self.apply(pair);
        };
        let name = key.get("value").and_then(Value::as_str).unwrap_or_default();
        // Python writes a text with its quotes, and bytes with a letter before them.
        let name = name.strip_prefix('b').filter(|it| it.starts_with(['\'', '"'])).unwrap_or(name);
        let is_cut = key.get("truncated").is_some_and(|it| it == true);
        let is_hidden = self.hides(name) || is_cut && self.may_hide(name);
        let hidden = if is_hidden { hide(value) } else { self.apply(value) };
        self.apply(key) + hidden
    }
}

fn hide(value: &mut Value) -> usize {
    let kind = value.get("type").cloned().unwrap_or(Value::Null);
    *value = json!({"type": kind, "notCapturedReason": "redactedIdent"});
    1
}

/// Without what languages put around words: `#pin` is a private field, `:pin` a symbol.
fn normal(name: &str) -> String {
    name.chars()
        .filter(|it| !matches!(it, '-' | '_' | '@' | '$' | '.' | '#' | ':' | '\'' | '"' | ' '))
        .flat_map(char::to_lowercase)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_hidden_however_they_are_written() {
        let redaction = Redaction::new(&["card-no".to_owned(), " ".to_owned()]);
        for name in [
            "password",
            "DB_PASSWORD",
            "apiKey",
            "X-Api-Key",
            "accessToken",
            "Set-Cookie",
            "cardNo",
            "CARD_NO",
            "$pwd",
            "#pin",
            ":cvv",
            "_User__pin",
            "_Card__card_no",
        ] {
            assert!(redaction.hides(name), "{name}");
        }
        for name in ["tokens", "pass", "key", "user", "", "card", "secretary", "spinner"] {
            assert!(!redaction.hides(name), "{name}");
        }
    }

    #[test]
    fn values_are_taken_out_wherever_they_have_a_name() {
        let text = |value: &str| json!({"type": "str", "value": value});
        let mut captures = json!({"return": {
            "arguments": {"user": {"type": "User", "fields": {
                "name": text("kim"), "_password": text("a"),
                "keys": {"type": "dict", "entries": [
                    [text("'api_key'"), text("b")], [text("'plain'"), text("c")],
                ], "size": 2},
            }}},
            "locals": {"@return": {"type": "list", "elements": [
                {"type": "dict", "entries": [[text("cvv"), text("d")]]},
            ]}, "value": text("e"), "refresh_token": {"type": "Token", "fields": {"x": text("f")}}},
        }});
        assert_eq!(Redaction::default().apply(&mut captures), 4);
        let text = captures.to_string();
        for secret in ["\"a\"", "\"b\"", "\"d\"", "\"f\""] {
            assert!(!text.contains(secret), "{secret} in {text}");
        }
        for plain in ["kim", "\"c\"", "\"e\"", "redactedIdent"] {
            assert!(text.contains(plain), "{plain} in {text}");
        }
        assert_eq!(
            captures["return"]["arguments"]["user"]["fields"]["_password"],
            json!({"type": "str", "notCapturedReason": "redactedIdent"})
        );
    }

    #[test]
    fn keys_of_maps_that_are_bytes_or_cut_are_names_too() {
        let pair = |key: Value| json!([key, {"type": "str", "value": "x"}]);
        let mut captures = json!({"locals": {"all": {"type": "dict", "entries": [
            pair(json!({"type": "bytes", "value": "b'pin'"})),
            pair(json!({"type": "str", "value": "'resident_re", "truncated": true})),
            pair(json!({"type": "str", "value": "'order_nu", "truncated": true})),
            pair(json!({"type": "str", "value": "'bin'"})),
        ]}}});
        assert_eq!(Redaction::default().apply(&mut captures), 2);
        let entries = &captures["locals"]["all"]["entries"];
        let is_hidden = |at: usize| entries[at][1]["notCapturedReason"] == "redactedIdent";
        assert_eq!([0, 1, 2, 3].map(is_hidden), [true, true, false, false]);
    }

    #[test]
    fn a_capture_of_an_unknown_shape_is_left_whole() {
        let mut captures = json!({"entries": [[1, 2], [3], "x"], "locals": 5, "fields": null});
        let before = captures.clone();
        assert_eq!(Redaction::default().apply(&mut captures), 0);
        assert_eq!(captures, before);
    }
}
