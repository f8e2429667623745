//! Virtual tags, look-up tables and shared costs, as documents say them.

use crate::dimension::Dimension;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A tag that no resource has: rules say its value for every line of a bill.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VirtualTag {
    /// As rules and questions name it: `team` of `virtual:team`.
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The value of lines that no rule says one of. They do not count as covered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub default: Option<String>,
    #[serde(default)]
    pub normalise: Normalise,
    /// The first that matches and says a value decides.
    #[serde(default)]
    pub rules: Vec<Rule>,
}

/// How values are made alike that people wrote differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Normalise {
    #[default]
    None,
    /// `Base Load` becomes `base load`.
    Lower,
    /// The same, blanks at both ends taken away.
    TrimLower,
    /// `BaseLoad` and ` Base Load` become `base-load`.
    Kebab,
}

/// One step: which lines, and what their value is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// All of them must hold; none at all matches every line.
    #[serde(default)]
    pub when: Vec<Condition>,
    pub then: Action,
}

/// What must hold of a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Condition {
    pub dimension: Dimension,
    pub operator: Operator,
    /// One of them is enough; of `is_not`, none of them may be it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub values: Vec<String>,
}

/// How a value is compared. Case counts. An empty value is an absent one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operator {
    Is,
    /// Absent values are not it either.
    IsNot,
    OneOf,
    Contains,
    StartsWith,
    /// A regular expression, found anywhere in the value unless it says `^` and `$`.
    Matches,
    Present,
    Absent,
}

impl Operator {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Is => "is",
            Self::IsNot => "is_not",
            Self::OneOf => "one_of",
            Self::Contains => "contains",
            Self::StartsWith => "starts_with",
            Self::Matches => "matches",
            Self::Present => "present",
            Self::Absent => "absent",
        }
    }

    /// Whether values belong to it.
    pub const fn takes_values(self) -> bool {
        !matches!(self, Self::Present | Self::Absent)
    }
}

/// What the value of a line is. Where it comes to nothing, the next rule is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Action {
    /// This one.
    Set(String),
    /// That of another dimension.
    Copy(Dimension),
    /// What a look-up table says of the value of another dimension.
    Map(Map),
    /// That of another dimension, some of its values under another name.
    Alias(Alias),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Map {
    pub from: Dimension,
    /// Name of the look-up table.
    pub table: String,
    /// What it is when the table does not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub otherwise: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Alias {
    pub from: Dimension,
    /// What was written, and what is meant.
    pub names: BTreeMap<String, String>,
}

impl Action {
    /// Where the value comes from; nothing when it is said.
    pub const fn from(&self) -> Option<&Dimension> {
        match self {
            Self::Set(_) => None,
            Self::Copy(from) => Some(from),
            Self::Map(map) => Some(&map.from),
            Self::Alias(alias) => Some(&alias.from),
        }
    }
}

/// Values by key. Documents of one name are parts of one table.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LookupTable {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    pub rows: BTreeMap<String, String>,
}

/// A cost that several share, such as support or a cluster's control plane.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SharedCost {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Which lines: all conditions must hold. Of several shared costs that a line is in, the first by
    /// name counts.
    pub when: Vec<Condition>,
    pub split: Split,
    /// Name of the virtual tag among whose values it is split.
    pub over: String,
    /// The values that share it; all that have a cost of their own when not given.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub targets: Vec<String>,
}

/// By what a shared cost is split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    /// The same for each.
    Even,
    /// By their own cost.
    Proportional,
    /// By the sum of a metric whose attribute of the virtual tag's name is the value.
    Metric(String),
}

/// An account, as people know it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// As `sub_account_id` of bills.
    pub account_id: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub team: Option<String>,
    /// Such as production or development.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage: Option<String>,
}
