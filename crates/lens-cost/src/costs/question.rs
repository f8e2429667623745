//! What is asked about costs.

use super::error::CostError;
use super::period::{Granularity, Period};
use hannun_allocation::Dimension;
use hannun_model::cost::column_index;
use hannun_model::limits::{
    COST_FILTER_VALUES_MAX, COST_FILTERS_MAX, COST_GROUP_KEYS_MAX, COST_ROWS_MAX,
};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;
use utoipa::ToSchema;

/// Which of the amounts of a line is meant.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[schema(as = CostMetric)]
pub enum Metric {
    /// What is invoiced.
    Billed,
    /// With prepaid amounts spread over what they cover: amortised.
    #[default]
    Effective,
    /// At public prices.
    List,
    /// At negotiated prices, commitments left aside.
    Contracted,
    /// Billed, after negotiated discounts.
    NetBilled,
    /// Effective, after negotiated discounts.
    NetEffective,
}

impl Metric {
    pub const ALL: [Self; 6] = [
        Self::Billed,
        Self::Effective,
        Self::List,
        Self::Contracted,
        Self::NetBilled,
        Self::NetEffective,
    ];

    /// The column of the tables of bills.
    pub const fn column(self) -> &'static str {
        match self {
            Self::Billed => "billed_cost",
            Self::Effective => "effective_cost",
            Self::List => "list_cost",
            Self::Contracted => "contracted_cost",
            Self::NetBilled => "net_billed_cost",
            Self::NetEffective => "net_effective_cost",
        }
    }

    /// As addresses and answers name it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Billed => "billed",
            Self::Effective => "effective",
            Self::List => "list",
            Self::Contracted => "contracted",
            Self::NetBilled => "net_billed",
            Self::NetEffective => "net_effective",
        }
    }

    /// The metric with this name.
    pub fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|metric| metric.name() == name)
    }
}

/// The metric with this name; effective costs when none is named.
pub fn metric_of(name: Option<&str>) -> Result<Metric, CostError> {
    let Some(name) = name.filter(|name| !name.is_empty()) else { return Ok(Metric::default()) };
    Metric::of(name).ok_or_else(|| {
        let names = Metric::ALL.map(Metric::name).join(", ");
        CostError::Invalid(format!("the metric must be one of {names}"))
    })
}

/// What costs are told apart by: a dimension, or a column that only the lines of some source have.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    Dimension(Dimension),
    /// Such as `x_product_instance_type`; it is in `cost` only.
    Own(String),
}

impl FromStr for Key {
    type Err = CostError;

    fn from_str(text: &str) -> Result<Self, CostError> {
        let is_own = text.starts_with("x_")
            && text.len() <= 200
            && text.bytes().all(|it| it == b'_' || it.is_ascii_lowercase() || it.is_ascii_digit())
            && column_index(text).is_none();
        if is_own {
            return Ok(Self::Own(text.to_owned()));
        }
        text.parse()
            .map(Self::Dimension)
            .map_err(|error: hannun_allocation::Problem| CostError::Invalid(error.to_string()))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dimension(dimension) => dimension.fmt(formatter),
            Self::Own(name) => formatter.write_str(name),
        }
    }
}

/// Lines that have one of some values, or none of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Filter {
    pub key: Key,
    /// `None` is a line without a value.
    pub values: Vec<Option<String>>,
    pub exclude: bool,
}

/// A question about costs.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    pub period: Period,
    pub granularity: Granularity,
    pub metric: Metric,
    pub keys: Vec<Key>,
    pub filters: Vec<Filter>,
    /// How many rows are told; the others come as one.
    pub rows_max: usize,
    /// Whether rows whose cost changed most come first; else those that cost most.
    pub by_change: bool,
}

impl Question {
    /// A question about the total of a time.
    pub fn total(period: Period, metric: Metric) -> Self {
        Self {
            period,
            granularity: Granularity::Total,
            metric,
            keys: Vec::new(),
            filters: Vec::new(),
            rows_max: COST_ROWS_MAX,
            by_change: false,
        }
    }

    /// The same by these.
    pub fn by(mut self, keys: impl IntoIterator<Item = Key>) -> Self {
        self.keys = keys.into_iter().collect();
        self
    }

    /// The table that answers: lines only where days are too coarse or lack a column.
    pub fn table(&self) -> &'static str {
        let mut keys = self.keys.iter().chain(self.filters.iter().map(|filter| &filter.key));
        let has_own = keys.any(|key| matches!(key, Key::Own(_)));
        if has_own || self.granularity == Granularity::Hour { "cost" } else { "cost_daily" }
    }

    /// What is beyond the limits.
    pub(super) fn check(&self) -> Result<(), CostError> {
        let invalid = |message: String| Err(CostError::Invalid(message));
        if self.keys.len() > COST_GROUP_KEYS_MAX {
            return invalid(format!("group by at most {COST_GROUP_KEYS_MAX} dimensions"));
        }
        if let Some(index) =
            (1..self.keys.len()).find(|at| self.keys[..*at].contains(&self.keys[*at]))
        {
            return invalid(format!("group by {} once", self.keys[index]));
        }
        if self.filters.len() > COST_FILTERS_MAX {
            return invalid(format!("use at most {COST_FILTERS_MAX} filters"));
        }
        for filter in &self.filters {
            if filter.values.is_empty() || filter.values.len() > COST_FILTER_VALUES_MAX {
                let key = &filter.key;
                return invalid(format!(
                    "a filter on {key} needs 1 to {COST_FILTER_VALUES_MAX} values"
                ));
            }
        }
        if self.rows_max == 0 || self.rows_max > COST_ROWS_MAX {
            return invalid(format!("rows_max must be 1 to {COST_ROWS_MAX}"));
        }
        self.period.check(self.granularity)
    }
}

/// What an answer would need that is not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = CostMissing)]
pub struct Missing {
    /// What is missing, for programs: such as `exchange_rate` or `business_metric`.
    pub what: String,
    /// What to do about it.
    pub how: String,
}

impl Missing {
    pub fn new(what: impl Into<String>, how: impl Into<String>) -> Self {
        Self { what: what.into(), how: how.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn question() -> Question {
        let period = Period { from_ms: 0, to_ms: 86_400_000 };
        Question::total(period, Metric::Effective)
    }

    #[test]
    fn lines_are_asked_only_where_days_are_too_coarse() {
        let by = |name: &str| question().by([name.parse().unwrap()]);
        assert_eq!(by("service_name").table(), "cost_daily");
        assert_eq!(by("x_usage_type").table(), "cost_daily");
        assert_eq!(by("x_product_instance_type").table(), "cost");
        let hours = Question { granularity: Granularity::Hour, ..by("service_name") };
        assert_eq!(hours.table(), "cost");
        let key: Key = "x_product_vcpu".parse().unwrap();
        let filter = Filter { key, values: vec![None], exclude: false };
        assert_eq!(Question { filters: vec![filter], ..question() }.table(), "cost");
    }

    #[test]
    fn a_column_name_cannot_carry_sql() {
        for name in ["x_a; drop", "x_a\"", "X_A", "x_é", "cost", "billed_cost"] {
            assert!(name.parse::<Key>().is_err(), "{name}");
        }
    }

    #[test]
    fn what_is_beyond_the_limits_is_told() {
        let told = |question: Question| question.check().unwrap_err().to_string();
        let keys = ["network", "charge", "network"].map(|name| name.parse().unwrap());
        assert_eq!(told(question().by(keys)), "group by network once");
        let keys = ["network", "charge", "region_id", "x_a"].map(|name| name.parse().unwrap());
        assert_eq!(told(question().by(keys)), "group by at most 3 dimensions");
        let filter = Filter { key: "network".parse().unwrap(), values: Vec::new(), exclude: true };
        let filtered = Question { filters: vec![filter], ..question() };
        assert_eq!(told(filtered), "a filter on network needs 1 to 500 values");
        assert_eq!(told(Question { rows_max: 0, ..question() }), "rows_max must be 1 to 1000");
        assert!(metric_of(Some("amortised")).is_err());
        assert_eq!(metric_of(Some("net_billed")).unwrap().column(), "net_billed_cost");
        assert_eq!(metric_of(Some("")).unwrap(), Metric::Effective);
    }
}
