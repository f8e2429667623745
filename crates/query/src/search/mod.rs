//! The search language as SQL over the lake.
//!
//! A search becomes a query like one that a person would write, so that everything that prunes
//! SQL prunes it too. [`condition`](condition()) is its filter alone; [`compile`] adds the stages.

mod complete;
mod condition;
pub mod facets;
pub mod functions;
mod stages;
mod value;

pub use complete::{Completion, Item, ItemKind, complete};
pub use condition::condition;
pub use stages::{checked_condition, compile};
pub use value::{display_columns, number_of, text_of};

use crate::error::{QueryError, QueryErrorKind};
use hannun_model::table::Table;

/// What is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Logs,
    Spans,
}

impl Source {
    pub const ALL: [Self; 2] = [Self::Logs, Self::Spans];

    /// The source with this name.
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|source| source.name() == name)
    }

    pub fn name(self) -> &'static str {
        self.table().name()
    }

    pub fn table(self) -> Table {
        match self {
            Self::Logs => Table::Logs,
            Self::Spans => Table::Spans,
        }
    }

    /// The SQL name of the column of time.
    pub fn time_column(self) -> &'static str {
        let table = self.table();
        table.columns()[table.time_column()].name
    }
}

/// A stage that a source has no answer to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CompileError {
    #[error("patterns are found in logs only; search logs, or group spans with stats")]
    PatternsOfSpans,
    #[error("the search is nested too deeply; use fewer parentheses or fewer stages")]
    TooDeep,
}

impl From<CompileError> for QueryError {
    fn from(error: CompileError) -> Self {
        Self::new(QueryErrorKind::Invalid, error.to_string())
    }
}
