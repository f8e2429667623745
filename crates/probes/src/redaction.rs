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

    /// Whether the value of this name is not kept. Case and `-_@$.` do not matter.
    pub fn hides(&self, name: &str) -> bool {
        let name = normal(name);
        SECRET.contains(&name.as_str())
            || SECRET_ENDS.iter().any(|end| name.ends_with(end))
            || self.also.contains(&name)
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
        let kind = value.get("type").cloned().unwrap_or(Value::Null);
        *value = json!({"type": kind, "notCapturedReason": "redactedIdent"});
        1
    }

    /// A key of a map and its value.
    fn apply_to_pair(&self, pair: &mut Value) -> usize {
        let Some([key, value]) = pair.as_array_mut().map(Vec::as_mut_slice) else {
            return self.apply(pair);
        };
        // Python writes a text with its quotes.
        let name = key.get("value").and_then(Value::as_str).unwrap_or_default();
        let name = name.trim_matches(['\'', '"']).to_owned();
        self.apply(key) + self.apply_to(&name, value)
    }
}

fn normal(name: &str) -> String {
    name.chars()
        .filter(|it| !matches!(it, '-' | '_' | '@' | '$' | '.' | ' '))
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
    fn a_capture_of_an_unknown_shape_is_left_whole() {
        let mut captures = json!({"entries": [[1, 2], [3], "x"], "locals": 5, "fields": null});
        let before = captures.clone();
        assert_eq!(Redaction::default().apply(&mut captures), 0);
        assert_eq!(captures, before);
    }
}
