//! What rules did: counted per rule, readable at any time.

use serde::Serialize;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

macro_rules! counted {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// What a rule did with the rows of one batch.
        #[derive(Debug, Default)]
        pub(crate) struct Tally {
            $(pub(crate) $name: u64,)*
        }

        /// What a rule did since it was put in force.
        #[derive(Debug, Default)]
        pub(crate) struct Counters {
            $($name: AtomicU64,)*
        }

        impl Tally {
            pub(crate) fn add(&mut self, other: &Self) {
                $(self.$name += other.$name;)*
            }
        }

        impl Counters {
            pub(crate) fn add(&self, tally: &Tally) {
                $(if tally.$name > 0 {
                    self.$name.fetch_add(tally.$name, Relaxed);
                })*
            }

            pub(crate) fn counts(&self) -> RuleCounts {
                RuleCounts { $($name: self.$name.load(Relaxed),)* }
            }
        }

        /// What a rule did since it was put in force.
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
        pub struct RuleCounts {
            $($(#[$doc])* pub $name: u64,)*
        }
    };
}

counted! {
    /// Records that came to the rule.
    evaluated,
    /// Records that it matched.
    matched,
    /// Records that it changed.
    changed,
    /// Records that a drop rule dropped.
    dropped_records,
    /// Bytes of all records that the rule dropped, sampled out or refused.
    dropped_bytes,
    /// Errors among them.
    dropped_errors,
    /// Records that a sample rule did not keep.
    sampled_out,
    /// Records that were past a quota.
    quota_dropped,
    /// Places that were redacted.
    redactions,
    /// Records on which the rule failed; they are kept.
    failed,
    /// Time that the rule took.
    nanoseconds,
}

/// A rule and what it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RuleStatus {
    /// Its name.
    pub name: String,
    /// What it did.
    pub counts: RuleCounts,
}

/// A pipeline and what it did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PipelineStatus {
    /// Id of the document.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The revision that is in force; `None` when none is.
    pub revision: Option<i64>,
    /// Whether it runs.
    pub enabled: bool,
    /// Lower runs first.
    pub order: i64,
    /// Why the latest revision is not in force.
    pub error: Option<String>,
    /// Its rules in order.
    pub rules: Vec<RuleStatus>,
}

/// Something about the logs of a service that somebody should look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// The service; `None` when it is about all of them.
    pub service: Option<String>,
    /// What it is.
    pub kind: WarningKind,
    /// What to do about it.
    pub message: String,
}

/// What a warning is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WarningKind {
    /// A service sends more distinct attribute keys than is sensible.
    TooManyKeys,
    /// The miner holds as many patterns as it may.
    PatternLimit,
    /// The container filter is not the latest: that one does not compile.
    ContainerFilter,
    /// Some pipelines are not in force: there are too many rules.
    RuleLimit,
}

/// What pipelines did and what to look at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Status {
    /// Pipelines in the order in which they run.
    pub pipelines: Vec<PipelineStatus>,
    /// What to look at.
    pub warnings: Vec<Warning>,
}
