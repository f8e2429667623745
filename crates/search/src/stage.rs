//! What is done with the rows that a filter lets through.

use crate::ast::Field;

/// One step after a `|`.
#[derive(Debug, Clone, PartialEq)]
pub enum Stage {
    /// `stats count(), p95(@duration) by service, 5m`
    Stats { aggregates: Vec<Aggregate>, by: Vec<Field>, bucket_ns: Option<i64> },
    /// `timechart 5m count() by service`
    Timechart { bucket_ns: i64, aggregates: Vec<Aggregate>, by: Vec<Field> },
    /// `top 10 service`: the values that most rows have.
    Top { count: u64, fields: Vec<Field> },
    /// `patterns 20`: the patterns that most rows have.
    Patterns { count: u64 },
    /// `fields service, @a`: these columns.
    Fields(Vec<Reference>),
    /// `sort -count`
    Sort(Vec<SortKey>),
    /// `limit 20`
    Limit(u64),
    /// `dedup service`: the newest row of each value.
    Dedup(Vec<Reference>),
}

/// One number of many rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    pub function: Function,
    /// `None` for `count()` alone.
    pub field: Option<Field>,
    /// The name given with `as`.
    pub name: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Function {
    Count,
    CountDistinct,
    Sum,
    Avg,
    Min,
    Max,
    /// The value that this share of the values, in percent, does not exceed.
    Percentile(f64),
}

/// A column that a stage names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reference {
    /// Of a row.
    Field(Field),
    /// Of the answer of the stage before.
    Column(String),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortKey {
    pub by: Reference,
    pub descending: bool,
}

/// Name of the column that holds the start of a time bucket.
pub const TIME_COLUMN: &str = "time";
/// Name of the column of `count()` when no other is given.
pub const COUNT_COLUMN: &str = "count";
/// Columns of `patterns`.
pub const PATTERN_COLUMNS: [&str; 5] =
    ["pattern_id", "pattern", "count", "first_seen", "last_seen"];
/// Rows of `top` and `patterns` when no number is given.
pub const TOP_DEFAULT: u64 = 10;

impl Aggregate {
    /// The name of its column.
    pub fn column(&self) -> String {
        match (&self.name, self.function, &self.field) {
            (Some(name), ..) => name.clone(),
            (None, Function::Count, None) => COUNT_COLUMN.to_owned(),
            (None, function, Some(field)) => format!("{function}({field})"),
            (None, function, None) => function.to_string(),
        }
    }
}

impl Stage {
    /// The columns of its answer; `None` when rows stay rows.
    pub fn columns(&self) -> Option<Vec<String>> {
        let grouped = |bucket: bool, by: &[Field], aggregates: &[Aggregate]| {
            let mut columns: Vec<String> = Vec::new();
            columns.extend(bucket.then(|| TIME_COLUMN.to_owned()));
            columns.extend(by.iter().map(ToString::to_string));
            columns.extend(aggregates.iter().map(Aggregate::column));
            Some(columns)
        };
        match self {
            Self::Stats { aggregates, by, bucket_ns } => {
                grouped(bucket_ns.is_some(), by, aggregates)
            }
            Self::Timechart { aggregates, by, .. } => grouped(true, by, aggregates),
            Self::Top { fields, .. } => {
                let mut columns: Vec<String> = fields.iter().map(ToString::to_string).collect();
                columns.push(COUNT_COLUMN.to_owned());
                Some(columns)
            }
            Self::Patterns { .. } => Some(PATTERN_COLUMNS.map(str::to_owned).to_vec()),
            Self::Fields(references) => Some(references.iter().map(Reference::column).collect()),
            Self::Sort(_) | Self::Limit(_) | Self::Dedup(_) => None,
        }
    }
}

impl Reference {
    /// The name of its column.
    pub fn column(&self) -> String {
        match self {
            Self::Field(field) => field.to_string(),
            Self::Column(name) => name.clone(),
        }
    }
}
