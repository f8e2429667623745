//! What costs are told apart by: a column, a tag, a virtual tag, or what is recognised in a line.

use crate::error::Problem;
use hannun_model::column::ColumnType;
use hannun_model::cost::{COLUMNS, column_index};
use hannun_model::limits::{COST_NAME_BYTES_MAX, COST_TAG_KEY_BYTES_MAX};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// Something that a line of a bill has a value of, or none.
///
/// Its text is its name in documents, addresses and answers: `service_name`, `tag:team`,
/// `cost_category:area`, `virtual:team`, `network`, `charge`, `catalog.team`, `account.stage`.
/// `tags['team']` is read as well, as SQL writes it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Dimension {
    /// A text column of `cost_daily`.
    Column(&'static str),
    /// A tag of the resource.
    Tag(String),
    /// A category that the source itself sorts costs into.
    CostCategory(String),
    /// A virtual tag.
    Virtual(String),
    /// What kind of network traffic is charged, or `none`.
    Network,
    /// What kind of charge it is.
    Charge,
    /// What the service catalog says of the service that the line belongs to.
    Catalog(CatalogField),
    /// What is declared of the account.
    Account(AccountField),
}

/// What a service definition says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CatalogField {
    Team,
    Application,
    Tier,
    Lifecycle,
}

/// What a document of kind `cost-account` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AccountField {
    Name,
    Team,
    Stage,
}

impl CatalogField {
    pub const ALL: [Self; 4] = [Self::Team, Self::Application, Self::Tier, Self::Lifecycle];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Team => "team",
            Self::Application => "application",
            Self::Tier => "tier",
            Self::Lifecycle => "lifecycle",
        }
    }
}

impl AccountField {
    pub const ALL: [Self; 3] = [Self::Name, Self::Team, Self::Stage];

    pub const fn name(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Team => "team",
            Self::Stage => "stage",
        }
    }
}

/// The text columns that lines are told apart by. The currency is none of them: amounts in different
/// currencies are never added up.
pub fn columns() -> impl Iterator<Item = &'static str> {
    COLUMNS
        .iter()
        .filter(|column| column.column_type == ColumnType::Text)
        .map(|column| column.name)
        .filter(|name| !matches!(*name, "billing_currency" | "pricing_currency"))
}

/// The column with this name, when lines are told apart by it.
fn column(name: &str) -> Option<&'static str> {
    let found = &COLUMNS[column_index(name)?];
    (found.column_type == ColumnType::Text).then_some(found.name)
}

impl FromStr for Dimension {
    type Err = Problem;

    fn from_str(text: &str) -> Result<Self, Problem> {
        let unknown = || Problem::UnknownDimension(shown(text));
        if let Some(name) = column(text) {
            return Ok(Self::Column(name));
        }
        let in_brackets = |prefix: &str| {
            let key = text.strip_prefix(prefix)?.strip_suffix("']")?;
            Some(key.replace("''", "'"))
        };
        if let Some(key) = in_brackets("tags['") {
            return named(&key, COST_TAG_KEY_BYTES_MAX).map(Self::Tag).ok_or_else(unknown);
        }
        if let Some((kind, name)) = text.split_once(':') {
            let key = || named(name, COST_TAG_KEY_BYTES_MAX).ok_or_else(unknown);
            return match kind {
                "tag" => key().map(Self::Tag),
                "cost_category" => key().map(Self::CostCategory),
                "virtual" => {
                    named(name, COST_NAME_BYTES_MAX).map(Self::Virtual).ok_or_else(unknown)
                }
                _ => Err(unknown()),
            };
        }
        let catalog = text.strip_prefix("catalog.");
        let account = text.strip_prefix("account.");
        match (text, catalog, account) {
            ("network", ..) => Ok(Self::Network),
            ("charge", ..) => Ok(Self::Charge),
            (_, Some(name), _) => {
                let field = CatalogField::ALL.into_iter().find(|field| field.name() == name);
                field.map(Self::Catalog).ok_or_else(unknown)
            }
            (_, _, Some(name)) => {
                let field = AccountField::ALL.into_iter().find(|field| field.name() == name);
                field.map(Self::Account).ok_or_else(unknown)
            }
            _ => Err(unknown()),
        }
    }
}

fn named(name: &str, bytes_max: usize) -> Option<String> {
    (!name.is_empty() && name.len() <= bytes_max).then(|| name.to_owned())
}

/// What a message repeats of a text.
pub(crate) fn shown(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

impl fmt::Display for Dimension {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Column(name) => formatter.write_str(name),
            Self::Tag(key) => write!(formatter, "tag:{key}"),
            Self::CostCategory(key) => write!(formatter, "cost_category:{key}"),
            Self::Virtual(name) => write!(formatter, "virtual:{name}"),
            Self::Network => formatter.write_str("network"),
            Self::Charge => formatter.write_str("charge"),
            Self::Catalog(field) => write!(formatter, "catalog.{}", field.name()),
            Self::Account(field) => write!(formatter, "account.{}", field.name()),
        }
    }
}

impl Serialize for Dimension {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Dimension {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_read_back_as_they_are_written() {
        for name in [
            "service_name",
            "sub_account_id",
            "x_usage_type",
            "tag:team",
            "tag:aws:createdBy",
            "tag:a b'c",
            "cost_category:area",
            "virtual:team",
            "network",
            "charge",
            "catalog.team",
            "catalog.lifecycle",
            "account.stage",
        ] {
            assert_eq!(name.parse::<Dimension>().unwrap().to_string(), name);
        }
        assert_eq!("tags['Team']".parse(), Ok(Dimension::Tag("Team".to_owned())));
        assert_eq!("tags['it''s']".parse(), Ok(Dimension::Tag("it's".to_owned())));
        assert_eq!(columns().filter(|name| *name == "service_name").count(), 1);
        assert!(columns().all(|name| name.parse() == Ok(Dimension::Column(name))));
    }

    #[test]
    fn what_is_no_dimension_is_said_with_what_there_is() {
        let long = format!("tag:{}", "x".repeat(COST_TAG_KEY_BYTES_MAX + 1));
        for name in ["", "billed_cost", "tags", "tag:", "virtual:", "catalog.x", "label:a", &long] {
            let error = name.parse::<Dimension>().unwrap_err();
            assert!(matches!(error, Problem::UnknownDimension(_)), "{name}");
        }
        let message = "team".parse::<Dimension>().unwrap_err().to_string();
        assert!(message.contains("`team`") && message.contains("tag:team"), "{message}");
    }
}
