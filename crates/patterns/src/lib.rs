//! Patterns of log messages: which part of a text is the same every time, and which part varies.
//!
//! ```
//! use hannun_patterns::{Miner, Options};
//!
//! let miner = Miner::new(Options::default());
//! let first = miner.mine("shop", "order 4711 paid after 12ms from 10.0.0.7");
//! let second = miner.mine("shop", "order 4712 paid after 1.5 sec from 10.0.0.9");
//! assert_eq!(&*first.template, "order <num> paid after <duration> from <ip>");
//! assert!(first.is_new && !second.is_new);
//! assert_eq!(first.id, second.id);
//! ```
//!
//! A message is brought to a normal form by the shape of its parts ([`normalise`]); messages of one
//! form are one pattern. Patterns of one service that differ only in a few words are merged when
//! enough different words were seen there; see [ADR 14](../../../docs/adr/0014-log-patterns.md).

mod form;
mod kind;
mod merge;
mod miner;
mod scan;
mod scope;
mod template;

pub use kind::Kind;
pub use miner::{Counts, Mined, Miner, Options};
pub use scan::normalise;
pub use template::template_matches;
