//! Live probes: what one is, how clients are told of it, and what they send back. No I/O.
//!
//! People write a [`probe::Probe`] as a document. Its condition and template are in a small
//! [`expression`] language. [`render`] turns it into what a client of Datadog understands,
//! [`remote_config`] answers a client that asks, [`registry::Registry`] remembers what is in force,
//! who asked and what became of it. [`event`] reads what comes back, [`redaction`] and [`captures`]
//! take out of it what must not be kept.
//!
//! ```
//! use hannun_probes::expression::Expression;
//!
//! let condition = Expression::parse("user.id == 7 && len(items) > 3")?;
//! assert_eq!(condition.to_string(), "user.id == 7 && len(items) > 3");
//! assert_eq!(
//!     condition.to_json(),
//!     serde_json::json!({"and": [
//!         {"eq": [{"getmember": [{"ref": "user"}, "id"]}, 7]},
//!         {"gt": [{"len": {"ref": "items"}}, 3]},
//!     ]})
//! );
//! # Ok::<(), hannun_probes::expression::ExpressionError>(())
//! ```

pub mod captures;
pub mod clients;
pub mod event;
pub mod expression;
pub mod probe;
pub mod redaction;
pub mod registry;
pub mod remote_config;
pub mod render;
pub mod statuses;
pub mod template;
pub mod wire_id;

/// What is wrong with a document, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// A JSON pointer into the body.
    pub path: String,
    pub message: String,
    /// Characters before the fault, when it is in an expression or a template.
    pub position: Option<usize>,
}

impl Fault {
    pub(crate) fn new(path: &str, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), message: message.into(), position: None }
    }
}

/// The beginning of a text, at most so many bytes of it.
pub(crate) fn cut(text: &str, bytes_max: usize) -> &str {
    &text[..text.floor_char_boundary(bytes_max)]
}
