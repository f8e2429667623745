//! The search language: what people type to find logs and spans.
//!
//! [`parse`] reads it, [`Filter::matches`] asks it of one record, `Display` prints it back. The
//! same rules are compiled to SQL by the `query` crate; both sides share how a field is found
//! ([`place`]), how a value is compared ([`value_test`]) and how a text is ([`phrase`]). No I/O and
//! no query engine.
//!
//! ```
//! let search = hannun_search::parse("service:web -@http.status_code:<500 time*").unwrap();
//! assert_eq!(search.to_string(), "service:web -@http.status_code:<500 time*");
//! let error = hannun_search::parse("service:web AND").unwrap_err();
//! assert_eq!(error.to_string(), "column 16: the search ends here; expected a term");
//! ```

pub mod ast;
pub mod cidr;
mod error;
mod filter;
pub mod number;
mod parser;
pub mod path;
pub mod phrase;
pub mod place;
pub mod position;
mod print;
pub mod record;
pub mod stage;
pub mod value_test;

pub use ast::{Expr, Field, Search, Test, Text};
pub use error::SyntaxError;
pub use filter::Filter;
pub use parser::{parse, parse_filter, parse_test};
pub use stage::Stage;
