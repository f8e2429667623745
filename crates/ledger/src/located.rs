//! YAML (or JSON, which is YAML) of any form, with the line of every value, so that a fault can be
//! shown where it stands.

use crate::yaml::{YamlFault, options};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serde_saphyr::Spanned;
use std::collections::BTreeMap;
use std::fmt;

/// One document of a text.
#[derive(Debug, Clone, PartialEq)]
pub struct Located {
    /// What it says.
    pub value: Value,
    /// Lines, from one, by JSON pointer; the document itself is at the empty pointer.
    pub lines: BTreeMap<String, u64>,
}

impl Located {
    /// The line of what a JSON pointer names, or of the nearest thing around it that there is.
    pub fn line(&self, pointer: &str) -> Option<u64> {
        let mut pointer = pointer;
        loop {
            if let Some(line) = self.lines.get(pointer) {
                return Some(*line);
            }
            pointer = &pointer[..pointer.rfind('/')?];
        }
    }
}

/// The documents of a text, separated by `---`. Empty ones are passed over.
///
/// # Errors
/// When the text is no YAML.
pub fn located(text: &str) -> Result<Vec<Located>, YamlFault> {
    let nodes: Vec<Spanned<Node>> =
        serde_saphyr::from_multiple_with_options(text, options()).map_err(YamlFault::from)?;
    let documents = nodes.into_iter().filter(|node| !matches!(node.value, Node::Null));
    let read = |node: Spanned<Node>| {
        let mut lines = BTreeMap::new();
        let value = value_of(node, String::new(), &mut lines);
        Located { value, lines }
    };
    Ok(documents.map(read).collect())
}

/// A value of YAML.
#[derive(Debug)]
enum Node {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Spanned<Node>>),
    Fields(Vec<(String, Spanned<Node>)>),
}

fn value_of(node: Spanned<Node>, pointer: String, lines: &mut BTreeMap<String, u64>) -> Value {
    let line = node.referenced.line();
    let value = match node.value {
        Node::Null => Value::Null,
        Node::Bool(value) => Value::Bool(value),
        Node::Number(value) => Value::Number(value),
        Node::Text(value) => Value::String(value),
        Node::List(items) => {
            let item = |(index, item)| value_of(item, format!("{pointer}/{index}"), lines);
            Value::Array(items.into_iter().enumerate().map(item).collect())
        }
        Node::Fields(fields) => {
            let mut object = Map::new();
            for (name, field) in fields {
                let step = name.replace('~', "~0").replace('/', "~1");
                let value = value_of(field, format!("{pointer}/{step}"), lines);
                object.insert(name, value);
            }
            Value::Object(object)
        }
    };
    if line > 0 {
        lines.insert(pointer, line);
    }
    value
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E: Error>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_none<E: Error>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
        Node::deserialize(deserializer)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Node, E> {
        let number = Number::from_f64(value).ok_or_else(|| E::custom("not a finite number"))?;
        Ok(Node::Number(number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Text(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<Node, E> {
        Ok(Node::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let mut fields = Vec::new();
        while let Some(entry) = entries.next_entry::<String, Spanned<Node>>()? {
            fields.push(entry);
        }
        Ok(Node::Fields(fields))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const TEXT: &str = "# ours\nschema-version: v2.2\ndd-service: order\ncontacts:\n  - type: email\n    contact: a@b.example\n---\n---\n\"a/b\": [1, 2.5, true, null]\n";

    #[test]
    fn every_value_has_its_line() {
        let documents = located(TEXT).unwrap();
        let values: Vec<_> = documents.iter().map(|document| &document.value).collect();
        let first = json!({"schema-version": "v2.2", "dd-service": "order",
            "contacts": [{"type": "email", "contact": "a@b.example"}]});
        assert_eq!(values, [&first, &json!({"a/b": [1, 2.5, true, null]})]);
        let lines = |pointer: &str| documents[0].line(pointer);
        assert_eq!(lines("/dd-service"), Some(3));
        assert_eq!(lines("/contacts/0/contact"), Some(6));
        // What is not there is told where it would be.
        assert_eq!(lines("/contacts/0/name"), Some(5));
        assert_eq!(lines("/team"), Some(2));
        assert_eq!(documents[1].line("/a~1b/3"), Some(9));
    }

    #[test]
    fn json_is_read_as_well_and_faults_have_their_line() {
        let documents = located("{\n \"dd-service\": \"x\",\n \"tags\": []\n}").unwrap();
        assert_eq!(documents[0].line("/tags"), Some(3));
        assert_eq!(located("").unwrap(), []);
        let fault = located("a: 1\nb: [2\n").unwrap_err();
        assert!(fault.line >= 2, "{fault:?}");
        // A key that comes twice would hide one of its values.
        assert_eq!(located("a: 1\nb: 2\na: 3\n").unwrap_err().line, 3);
    }
}
