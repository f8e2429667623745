//! What is wrong with rules, and where.

use std::fmt;

/// What is wrong with rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error(
        "`{0}` is no dimension; use a column such as service_name, tag:team, virtual:team, \
         cost_category:area, network, charge, catalog.team or account.team"
    )]
    UnknownDimension(String),
    #[error("there is no virtual tag `{0}`; make one, or use a tag as tag:{0}")]
    UnknownTag(String),
    #[error(
        "there is no look-up table `{0}`; make a document of kind cost-lookup-table with this name"
    )]
    UnknownTable(String),
    #[error("virtual tags go round in a circle: {0}; take one of these references out")]
    Cycle(String),
    #[error("`{pattern}` is no pattern: {why}")]
    Pattern { pattern: String, why: String },
    #[error("the operator {0} needs at least one value")]
    NoValues(&'static str),
    #[error("the operator {0} takes no values; leave them out")]
    Values(&'static str),
    #[error("{0}")]
    Malformed(String),
    #[error(
        "the rules make an expression of more than {0} bytes; move values into a look-up table, or \
         refer to fewer virtual tags"
    )]
    TooLong(usize),
    #[error("{0}")]
    TooMany(String),
}

/// What is wrong, in which document and with which of its rules.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct RuleError {
    /// Name of the virtual tag or shared cost; empty when the problem is in none.
    pub name: String,
    /// Number of the rule, counted from one as people see it.
    pub rule: Option<usize>,
    pub problem: Problem,
}

impl RuleError {
    pub fn new(name: impl Into<String>, rule: Option<usize>, problem: Problem) -> Self {
        Self { name: name.into(), rule, problem }
    }
}

impl From<Problem> for RuleError {
    fn from(problem: Problem) -> Self {
        Self::new("", None, problem)
    }
}

impl fmt::Display for RuleError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, rule, problem } = self;
        match (name.as_str(), rule) {
            ("", _) => write!(formatter, "{problem}"),
            (name, Some(rule)) => write!(formatter, "`{name}`, rule {rule}: {problem}"),
            (name, None) => write!(formatter, "`{name}`: {problem}"),
        }
    }
}
