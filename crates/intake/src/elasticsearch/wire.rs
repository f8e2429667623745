//! A `_bulk` body: a line that says what to do, and for most a line with the document.

use crate::records::json::{self, Json};
use serde_json::{Value, json};
use std::borrow::Cow;

/// What is to be done with a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operation {
    Index,
    Create,
    Update,
    Delete,
}

impl Operation {
    /// As the wire calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Index => "index",
            Self::Create => "create",
            Self::Update => "update",
            Self::Delete => "delete",
        }
    }

    fn of_name(name: &str) -> Option<Self> {
        [Self::Index, Self::Create, Self::Update, Self::Delete]
            .into_iter()
            .find(|operation| operation.name() == name)
    }
}

/// One action of a request.
#[derive(Debug, Clone, PartialEq)]
pub struct Action<'a> {
    pub operation: Operation,
    pub index: Option<Cow<'a, str>>,
    pub id: Option<Cow<'a, str>>,
    /// The line after it; empty for a deletion.
    pub document: &'a [u8],
}

/// Why a request cannot be told apart into actions. Elasticsearch refuses all of it then.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BulkError {
    #[error("Malformed action/metadata line [{line}]: {reason}")]
    Action { line: usize, reason: String },
    #[error("Malformed action/metadata line [{line}], the document after it is missing")]
    Document { line: usize },
    #[error("request body is required")]
    Empty,
}

/// Reads the actions one by one.
pub fn read_bulk<'a>(body: &'a [u8], mut take: impl FnMut(Action<'a>)) -> Result<(), BulkError> {
    let mut lines = body.split(|byte| *byte == b'\n').enumerate();
    let mut actions = 0_usize;
    while let Some((index, line)) = lines.next() {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let line_number = index + 1;
        let action = read_action(line)
            .map_err(|reason| BulkError::Action { line: line_number, reason: reason.to_owned() })?;
        let document = match action.operation {
            Operation::Delete => &[],
            _ => lines
                .next()
                .map(|(_, document)| document)
                .ok_or(BulkError::Document { line: line_number })?,
        };
        take(Action { document, ..action });
        actions += 1;
    }
    if actions == 0 { Err(BulkError::Empty) } else { Ok(()) }
}

fn read_action(line: &[u8]) -> Result<Action<'_>, &'static str> {
    let text = std::str::from_utf8(line).map_err(|_| "not UTF-8")?;
    let mut entries = json::read_object(text).ok_or("expected an object")?.into_iter();
    let (name, parameters) = entries.next().ok_or("expected an action")?;
    let operation =
        Operation::of_name(&name).ok_or("expected one of create, delete, index or update")?;
    let Json::Object(parameters) = parameters else { return Err("expected START_OBJECT") };
    let mut action = Action { operation, index: None, id: None, document: &[] };
    for (key, value) in parameters {
        let Json::Text(text) = value else { continue };
        match &*key {
            "_index" => action.index = Some(text),
            "_id" => action.id = Some(text),
            _ => {}
        }
    }
    Ok(action)
}

/// Why a document was not kept, as Elasticsearch tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ItemError {
    pub status: u16,
    pub kind: &'static str,
    pub reason: String,
}

/// What became of one action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub operation: Operation,
    /// That of the path when the action names none.
    pub index: Option<String>,
    pub id: Option<String>,
    pub error: Option<ItemError>,
}

impl Item {
    /// The status of this item.
    pub fn status(&self) -> u16 {
        self.error.as_ref().map_or(201, |error| error.status)
    }

    /// The answer for this item. `index` and `id` are used when the sender gave none.
    pub fn answer(&self, index: &str, id: impl FnOnce() -> String) -> Value {
        let index = self.index.as_deref().unwrap_or(index);
        let id = self.id.clone().unwrap_or_else(id);
        match &self.error {
            None => json!({
                "_index": index,
                "_id": id,
                "_version": 1,
                "result": "created",
                "_shards": {"total": 1, "successful": 1, "failed": 0},
                "_seq_no": 0,
                "_primary_term": 1,
                "status": 201,
            }),
            Some(error) => json!({
                "_index": index,
                "_id": id,
                "status": error.status,
                "error": {"type": error.kind, "reason": error.reason},
            }),
        }
    }
}
