//! Documents to rows of `logs`.

use super::wire::{Action, Item, ItemError, Operation, read_bulk};
use crate::door::{Decoded, Identity};
use crate::otlp::map::{Clock, Reject};
use crate::records::json::{self, Json};
use crate::records::{Hints, LogRows, Record};
use crate::refusal::Refusal;
use hannun_model::limits::{LOG_LABEL_BYTES_MAX, ROWS_PER_REQUEST_MAX};
use std::borrow::Cow;

/// Attribute that holds the index or data stream a document was sent to.
pub const INDEX_ATTRIBUTE: &str = "_index";
/// Attribute that holds the id that the sender gave a document.
pub const ID_ATTRIBUTE: &str = "_id";

/// Maps a `_bulk` request. `default_index` is that of the path.
pub fn bulk(
    body: &[u8],
    default_index: Option<&str>,
    clock: Clock,
) -> Result<(Decoded, Vec<Item>), Refusal> {
    let mut rows = LogRows::new(clock);
    let mut items = Vec::new();
    let mut past_limit = false;
    let read = read_bulk(body, |action| {
        // What is told of each item takes room too.
        past_limit |= items.len() >= ROWS_PER_REQUEST_MAX;
        if !past_limit {
            items.push(add(&mut rows, &action, default_index));
        }
    });
    read.map_err(|error| Refusal::Malformed(error.to_string()))?;
    if past_limit {
        return Err(Refusal::Invalid(format!(
            "more than {ROWS_PER_REQUEST_MAX} actions in one request; send fewer"
        )));
    }
    let mut decoded = rows.finish().map_err(|error| Refusal::Internal(error.to_string()))?;
    if items.iter().all(|item| item.id.is_some()) {
        decoded.identity = Identity::Content;
    }
    Ok((decoded, items))
}

/// Maps the only document of a request.
pub fn document(
    body: &[u8],
    index: &str,
    id: Option<&str>,
    clock: Clock,
) -> Result<(Decoded, Item), Refusal> {
    let mut rows = LogRows::new(clock);
    let action = Action {
        operation: Operation::Index,
        index: Some(Cow::Borrowed(index)),
        id: id.map(Cow::Borrowed),
        document: body,
    };
    let item = add(&mut rows, &action, None);
    let mut decoded = rows.finish().map_err(|error| Refusal::Internal(error.to_string()))?;
    if id.is_some() {
        decoded.identity = Identity::Content;
    }
    Ok((decoded, item))
}

fn add(rows: &mut LogRows, action: &Action<'_>, default_index: Option<&str>) -> Item {
    let index = action.index.as_deref().or(default_index);
    let added = match (action.operation, index) {
        (Operation::Update | Operation::Delete, _) => {
            rows.reject_unread(Reject::Malformed);
            Err(ItemError {
                status: 400,
                kind: "illegal_argument_exception",
                reason: "documents are only appended here; use create or index".to_owned(),
            })
        }
        (_, None) => {
            rows.reject_unread(Reject::Malformed);
            Err(ItemError {
                status: 400,
                kind: "action_request_validation_exception",
                reason: "index is missing".to_owned(),
            })
        }
        (_, Some(index)) if index.len() > LOG_LABEL_BYTES_MAX => {
            rows.reject_unread(Reject::Malformed);
            Err(ItemError {
                status: 400,
                kind: "invalid_index_name_exception",
                reason: format!("the index name is longer than {LOG_LABEL_BYTES_MAX} bytes"),
            })
        }
        (_, Some(index)) => add_document(rows, action, index),
    };
    Item {
        operation: action.operation,
        index: action.index.as_deref().map(str::to_owned),
        id: action.id.as_deref().map(str::to_owned),
        error: added.err(),
    }
}

fn add_document(rows: &mut LogRows, action: &Action<'_>, index: &str) -> Result<(), ItemError> {
    let text = String::from_utf8_lossy(action.document);
    if matches!(text, Cow::Owned(_)) {
        rows.count_invalid_strings(1);
    }
    let malformed = |rows: &mut LogRows, reason: String| {
        rows.reject_unread(Reject::Malformed);
        Err(ItemError { status: 400, kind: "document_parsing_exception", reason })
    };
    let object = match json::read(&text) {
        Ok(Json::Object(object)) => object,
        Ok(_) => return malformed(rows, "failed to parse: expected an object".to_owned()),
        Err(error) => return malformed(rows, format!("failed to parse: {error}")),
    };
    let mut attributes = vec![(Cow::Borrowed(INDEX_ATTRIBUTE), Json::text(index))];
    if let Some(id) = &action.id {
        attributes.push((Cow::Borrowed(ID_ATTRIBUTE), Json::text(&**id)));
    }
    let hints = Hints { attributes: &attributes, ..Hints::default() };
    rows.add(None, &hints, Record::Object(object, Some(&text))).map_err(|reason| match reason {
        // Sent again by themselves these will be kept.
        Reject::TooManyItems | Reject::TooManyBytes => ItemError {
            status: 429,
            kind: "es_rejected_execution_exception",
            reason: reason.explanation().to_owned(),
        },
        _ => ItemError {
            status: 400,
            kind: "illegal_argument_exception",
            reason: format!("a document {} is not kept", reason.explanation()),
        },
    })
}
