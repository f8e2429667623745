//! Suggestions while a search is typed: fields and values with counts, operators, stages.
//!
//! Counts are those of a bounded sample of the newest rows, so that typing stays quick however much
//! there is.

use super::Source;
use super::value::text_of;
use crate::engine::Engine;
use crate::error::{QueryError, QueryErrorKind};
use crate::rows::QueryLimits;
use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::DataType;
use hannun_model::column::ColumnType;
use hannun_model::limits::{COMPLETION_ITEMS_MAX, COMPLETION_ROWS_MAX, COMPLETION_VALUE_BYTES_MAX};
use hannun_model::semconv::item_attributes;
use hannun_model::severity::STATUSES;
use hannun_model::typed_json;
use hannun_model::value::Value;
use hannun_search::ast::{Field, Test};
use hannun_search::place::{RESERVED, is_status};
use hannun_search::position::{Wanted, position};
use hannun_search::record::{BatchRows, Record};
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// A suggestion that takes longer comes too late.
const DEADLINE: Duration = Duration::from_secs(3);
/// The latest part of the asked time that is looked at first.
const RECENT_MS: i64 = 15 * 60 * 1000;

/// What fits at a place of a search.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// Characters that a suggestion replaces: from this one …
    pub from: usize,
    /// … to before this one.
    pub to: usize,
    pub items: Vec<Item>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// What is put in.
    pub insert: String,
    /// What is shown.
    pub label: String,
    pub kind: ItemKind,
    pub detail: &'static str,
    /// Rows of the sample that have it.
    pub count: Option<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ItemKind {
    Field,
    Value,
    Keyword,
    Stage,
}

const STAGES: [(&str, &str); 8] = [
    ("stats", "numbers of groups: stats count(), p95(@duration) by service, 5m"),
    ("timechart", "numbers over time: timechart 5m count() by service"),
    ("top", "the most frequent values: top 10 service"),
    ("patterns", "the most frequent patterns: patterns 20"),
    ("fields", "these columns: fields service, @user.id"),
    ("sort", "by columns, - for descending: sort -count"),
    ("limit", "that many rows: limit 20"),
    ("dedup", "the newest row of each value: dedup service"),
];

const AGGREGATES: [(&str, &str); 10] = [
    ("count()", "rows"),
    ("count_distinct(", "different values"),
    ("sum(", "sum of numbers"),
    ("avg(", "mean of numbers"),
    ("min(", "smallest number"),
    ("max(", "largest number"),
    ("p50(", "median"),
    ("p90(", "90th percentile"),
    ("p95(", "95th percentile"),
    ("p99(", "99th percentile"),
];

/// What could stand before the character `cursor`. `scope` makes a condition of a time from and to
/// in milliseconds.
pub async fn complete(
    engine: &Arc<Engine>,
    source: Source,
    query: &str,
    cursor: usize,
    range_ms: (i64, i64),
    scope: &(dyn Fn(i64, i64) -> String + Sync),
) -> Result<Completion, QueryError> {
    let position = position(query, cursor);
    let to = cursor.min(query.chars().count());
    let sample = Sample { engine, source, range_ms, scope };
    let mut items = match &position.wanted {
        Wanted::Nothing => Vec::new(),
        Wanted::Stage => listed(&STAGES, ItemKind::Stage, " "),
        Wanted::Aggregate { after_aggregate } => {
            let mut items = listed(&AGGREGATES, ItemKind::Keyword, "");
            if *after_aggregate {
                items.insert(0, keyword("by", "group by fields or a length of time"));
            }
            items
        }
        Wanted::Value(field) => sample.values(field).await?,
        Wanted::Term { after_term } => {
            let mut items = sample.fields(":").await?;
            let typed = position.typed.to_uppercase();
            // Somebody who types a word does not want operators.
            if *after_term && !typed.is_empty() {
                let keywords = [("AND", "both"), ("OR", "one of both"), ("NOT", "the opposite")];
                let fits = keywords.iter().filter(|(name, _)| name.starts_with(&typed));
                items.splice(0..0, fits.map(|(name, detail)| keyword(name, detail)));
            }
            items
        }
        Wanted::StageField { before } => match columns_before(query, *before) {
            Some(columns) => columns.into_iter().map(column).collect(),
            None => sample.fields("").await?,
        },
    };
    let typed = position.typed.to_lowercase();
    let mut begins = |item: &Item| item.label.to_lowercase().starts_with(&typed);
    let contained = |item: &Item| item.label.to_lowercase().contains(&typed);
    // What begins with it stands before what only has it inside.
    let (mut first, rest): (Vec<_>, Vec<_>) = items.drain(..).partition(&mut begins);
    first.extend(rest.into_iter().filter(contained));
    first.truncate(COMPLETION_ITEMS_MAX);
    Ok(Completion { from: position.from, to, items: first })
}

fn listed(items: &[(&'static str, &'static str)], kind: ItemKind, after: &str) -> Vec<Item> {
    let item = |(name, detail): &(&'static str, &'static str)| Item {
        insert: format!("{name}{after}"),
        label: (*name).to_owned(),
        kind,
        detail,
        count: None,
    };
    items.iter().map(item).collect()
}

fn keyword(name: &str, detail: &'static str) -> Item {
    let (insert, label) = (format!("{name} "), name.to_owned());
    Item { insert, label, kind: ItemKind::Keyword, detail, count: None }
}

fn column(name: String) -> Item {
    let detail = "column of the stage before";
    Item { insert: name.clone(), label: name, kind: ItemKind::Field, detail, count: None }
}

/// The columns that the stages before a bar give; `None` for rows.
fn columns_before(query: &str, bar: usize) -> Option<Vec<String>> {
    let before: String = query.chars().take(bar).collect();
    let search = hannun_search::parse(&before).ok()?;
    search.stages.iter().rev().find_map(hannun_search::Stage::columns)
}

/// The newest rows, some of them.
struct Sample<'a> {
    engine: &'a Arc<Engine>,
    source: Source,
    range_ms: (i64, i64),
    scope: &'a (dyn Fn(i64, i64) -> String + Sync),
}

type Counts<K> = HashMap<K, u64>;

impl Sample<'_> {
    /// These columns of the newest rows.
    async fn rows(&self, columns: &str) -> Result<Vec<RecordBatch>, QueryError> {
        let (from_ms, to_ms) = self.range_ms;
        let recent_ms = from_ms.max(to_ms.saturating_sub(RECENT_MS));
        let limits = QueryLimits { rows_max: COMPLETION_ROWS_MAX, deadline: DEADLINE };
        for from_ms in [recent_ms, from_ms] {
            let sql = format!(
                "SELECT {columns} FROM {} WHERE {} ORDER BY {} DESC LIMIT {COMPLETION_ROWS_MAX}",
                self.source.name(),
                (self.scope)(from_ms, to_ms),
                self.source.time_column(),
            );
            match self.engine.collect(&sql, limits).await {
                Ok(batches) if batches.is_empty() && from_ms > self.range_ms.0 => {}
                Ok(batches) => return Ok(batches),
                Err(error) if error.kind == QueryErrorKind::Deadline => break,
                Err(error) => return Err(error),
            }
        }
        Ok(Vec::new())
    }

    async fn values(&self, field: &Field) -> Result<Vec<Item>, QueryError> {
        let sql = format!("CAST({} AS VARCHAR) AS value", text_of(field, self.source));
        let mut counts: Counts<String> = Counts::new();
        if is_status(field) && self.source == Source::Logs {
            counts.extend(STATUSES.map(|status| (status.to_owned(), 0)));
        }
        for batch in self.rows(&sql).await? {
            let texts = arrow::compute::cast(batch.column(0), &DataType::Utf8).map_err(internal)?;
            for text in texts.as_string::<i32>().iter().flatten() {
                if text.len() <= COMPLETION_VALUE_BYTES_MAX {
                    *counts.entry(text.to_owned()).or_default() += 1;
                }
            }
        }
        let item = |(value, count): (String, u64)| Item {
            insert: Test::Is(value.clone()).to_string(),
            label: value,
            kind: ItemKind::Value,
            detail: "",
            count: Some(count),
        };
        Ok(most_first(counts).into_iter().map(item).collect())
    }

    /// Reserved names, then the keys of attributes and tags that the sample has.
    async fn fields(&self, after: &str) -> Result<Vec<Item>, QueryError> {
        let table = self.source.table();
        let hot: Vec<(Field, usize)> = item_attributes(table)
            .iter()
            .filter(|(_, hot)| hot.canonical)
            .map(|(key, hot)| (Field::Attribute(key.to_owned()), hot.column))
            .collect();
        let names: Vec<&str> =
            hot.iter().map(|(_, column)| table.columns()[*column].name).collect();
        let columns = format!("attributes, resource_attributes, {}", names.join(", "));
        let mut counts: Counts<Field> = Counts::new();
        for batch in self.rows(&columns).await? {
            count_fields(&batch, self.source, &hot, &mut counts);
        }
        let insert = |field: &Field| format!("{field}{after}");
        let has_column = |column: &str| {
            table.column_index(column).is_some_and(|index| {
                matches!(table.columns()[index].column_type, ColumnType::Text | ColumnType::Int)
            })
        };
        let reserved =
            RESERVED.iter().filter(|(_, column)| has_column(column)).map(|(name, _)| *name);
        let reserved = ["status"].into_iter().chain(reserved).map(|name| {
            let field = Field::Named(name.to_owned());
            let label = name.to_owned();
            let detail = "reserved";
            Item { insert: insert(&field), label, kind: ItemKind::Field, detail, count: None }
        });
        let found = most_first(counts).into_iter().map(|(field, count)| Item {
            insert: insert(&field),
            label: field.to_string(),
            kind: ItemKind::Field,
            detail: if matches!(field, Field::Attribute(_)) { "attribute" } else { "tag" },
            count: Some(count),
        });
        Ok(reserved.chain(found).collect())
    }
}

fn count_fields(
    batch: &RecordBatch,
    source: Source,
    hot: &[(Field, usize)],
    counts: &mut Counts<Field>,
) {
    let table = source.table();
    let rows = BatchRows::new(table, batch);
    let resource = table.column_index("resource_attributes");
    let mut add = |field: Field, count: u64| *counts.entry(field).or_default() += count;
    let mut by_resource: Counts<&str> = Counts::new();
    for index in 0..batch.num_rows() {
        let row = rows.row(index);
        row.any_attribute(&mut |key, _| {
            add(Field::Attribute(key.to_owned()), 1);
            false
        });
        for (field, column) in hot {
            if row.column(*column).is_some() {
                add(field.clone(), 1);
            }
        }
    }
    let texts = resource.and_then(|index| batch.column_by_name(table.columns()[index].name));
    for text in texts.and_then(|texts| texts.as_string_view_opt()).into_iter().flatten().flatten() {
        *by_resource.entry(text).or_default() += 1;
    }
    // Many rows share a resource.
    for (json, count) in by_resource {
        let Ok(Value::Map(entries)) = typed_json::read(json) else { continue };
        for (key, _) in entries {
            add(Field::Named(key), count);
        }
    }
}

fn most_first<K: Ord>(counts: Counts<K>) -> Vec<(K, u64)> {
    let mut counts: Vec<_> = counts.into_iter().collect();
    counts.sort_unstable_by(|left, right| right.1.cmp(&left.1).then_with(|| left.0.cmp(&right.0)));
    counts
}

fn internal(error: impl std::fmt::Display) -> QueryError {
    QueryError::new(QueryErrorKind::Internal, error.to_string())
}
