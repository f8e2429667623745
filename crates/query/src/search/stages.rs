//! A whole search as one query.

use super::condition::condition;
use super::value::{display_columns, number_of, text_of};
use super::{CompileError, Source};
use crate::typed::text as literal;
use hannun_model::limits::SQL_DEPTH_MAX;
use hannun_search::Filter;
use hannun_search::ast::Field;
use hannun_search::place::is_status;
use hannun_search::stage::{
    Aggregate, COUNT_COLUMN, Function, PATTERN_COLUMNS, Reference, SortKey, TIME_COLUMN,
};
use hannun_search::{Search, Stage};

/// Levels of a query that the parser of SQL still reads; some are outside of all parentheses.
const LEVELS_MAX: usize = SQL_DEPTH_MAX - 6;
/// Levels that a page of a lens puts around a filter.
const LEVELS_AROUND: usize = 12;
/// Start of the name of the column that numbers rows of one value. Each `dedup` adds one.
const ROW_OF_VALUE: &str = "row_of_value";

/// The query that answers a search. `scope` is a condition on time and environment; rows past
/// `rows_max` are not asked for, but one, which tells that there are more.
pub fn compile(
    search: &Search,
    source: Source,
    scope: &str,
    rows_max: usize,
) -> Result<String, CompileError> {
    let filter = condition(&search.filter, source);
    let filter =
        if search.filter.is_all() { scope.to_owned() } else { format!("{scope} AND {filter}") };
    let mut query = Query {
        source,
        from: source.name().to_owned(),
        filter: Some(filter),
        columns: None,
        groups: None,
        order: Vec::new(),
        limit: None,
        grouped: false,
        dedups: 0,
    };
    for stage in &search.stages {
        query.add(stage)?;
    }
    let rows_max = rows_max as u64 + 1;
    query.limit = Some(query.limit.map_or(rows_max, |limit| limit.min(rows_max)));
    let sql = query.sql();
    if levels(&sql) > LEVELS_MAX { Err(CompileError::TooDeep) } else { Ok(sql) }
}

/// [`condition`] as a part of a larger query, refused when the parser of SQL would refuse that.
pub fn checked_condition(filter: &Filter, source: Source) -> Result<String, CompileError> {
    let sql = condition(filter, source);
    if levels(&sql) + LEVELS_AROUND > LEVELS_MAX { Err(CompileError::TooDeep) } else { Ok(sql) }
}

/// How deep the parser of SQL has to recurse at most: twice for what is in parentheses.
fn levels(sql: &str) -> usize {
    let (mut level, mut deepest) = (0_usize, 0);
    let mut in_text = false;
    for character in sql.chars() {
        match character {
            '\'' => in_text = !in_text,
            '(' if !in_text => {
                level += 2;
                deepest = deepest.max(level);
            }
            ')' if !in_text => level = level.saturating_sub(2),
            _ => {}
        }
    }
    deepest
}

/// A `SELECT` that grows with each stage.
struct Query {
    source: Source,
    from: String,
    filter: Option<String>,
    /// Name and SQL of each column; `None` for rows as they are.
    columns: Option<Vec<(String, String)>>,
    groups: Option<Vec<String>>,
    order: Vec<String>,
    limit: Option<u64>,
    /// Whether the rows are those of a stage before.
    grouped: bool,
    /// `dedup` stages so far.
    dedups: usize,
}

impl Query {
    fn add(&mut self, stage: &Stage) -> Result<(), CompileError> {
        match stage {
            Stage::Stats { aggregates, by, bucket_ns } => self.group(aggregates, by, *bucket_ns),
            Stage::Timechart { bucket_ns, aggregates, by } => {
                self.group(aggregates, by, Some(*bucket_ns));
            }
            Stage::Top { count, fields } => {
                self.group(&[count_all()], fields, None);
                self.limit = Some(*count);
            }
            Stage::Patterns { count } => self.patterns(*count)?,
            Stage::Fields(references) => {
                let columns = references.iter().map(|it| (it.column(), self.value(it))).collect();
                self.close_groups();
                self.columns = Some(columns);
            }
            Stage::Sort(keys) => {
                self.close_limit();
                self.order = keys.iter().flat_map(|key| self.order_by(key)).collect();
            }
            Stage::Limit(count) => {
                self.limit = Some(self.limit.map_or(*count, |limit| limit.min(*count)));
            }
            Stage::Dedup(references) => self.dedup(references),
        }
        Ok(())
    }

    fn group(&mut self, aggregates: &[Aggregate], by: &[Field], bucket_ns: Option<i64>) {
        self.close_limit();
        let mut columns = Vec::new();
        if let Some(length) = bucket_ns {
            let time = self.source.time_column();
            columns.push((
                TIME_COLUMN.to_owned(),
                format!("time_bucket({}, {time})", interval(length)),
            ));
        }
        columns.extend(by.iter().map(|field| (field.to_string(), text_of(field, self.source))));
        let groups = columns.iter().map(|(_, sql)| sql.clone()).collect();
        columns.extend(aggregates.iter().map(|it| (it.column(), self.aggregate(it))));
        let first =
            aggregates.first().map(|first| format!("{} DESC NULLS LAST", quoted(&first.column())));
        let names = by.iter().map(|field| quoted(&field.to_string()));
        self.order = match bucket_ns {
            Some(_) => std::iter::once(quoted(TIME_COLUMN)).chain(names).collect(),
            None if by.is_empty() => Vec::new(),
            None => first.into_iter().chain(names).collect(),
        };
        self.columns = Some(columns);
        self.groups = Some(groups);
        self.grouped = true;
    }

    fn patterns(&mut self, count: u64) -> Result<(), CompileError> {
        if self.source == Source::Spans {
            return Err(CompileError::PatternsOfSpans);
        }
        self.close_limit();
        let sql = [
            "pattern_id",
            "last_value(pattern ORDER BY time)",
            "count(*)",
            "min(time)",
            "max(time)",
        ];
        let columns = PATTERN_COLUMNS.iter().zip(sql);
        self.columns =
            Some(columns.map(|(name, sql)| ((*name).to_owned(), sql.to_owned())).collect());
        self.groups = Some(vec!["pattern_id".to_owned()]);
        self.order = vec![format!("{} DESC", quoted(COUNT_COLUMN)), "pattern_id".to_owned()];
        self.limit = Some(count);
        self.grouped = true;
        Ok(())
    }

    fn aggregate(&self, aggregate: &Aggregate) -> String {
        let Some(field) = &aggregate.field else { return "count(*)".to_owned() };
        let number = || number_of(field, self.source);
        match aggregate.function {
            Function::Count => format!("count({})", text_of(field, self.source)),
            Function::CountDistinct => format!("count(DISTINCT {})", text_of(field, self.source)),
            Function::Sum => format!("sum({})", number()),
            Function::Avg => format!("avg({})", number()),
            Function::Min => format!("min({})", number()),
            Function::Max => format!("max({})", number()),
            Function::Percentile(percent) => {
                format!("percentile({}, {})", number(), percent / 100.0)
            }
        }
    }

    /// Keeps the first row of each value, in the order so far.
    fn dedup(&mut self, references: &[Reference]) {
        self.close_limit();
        let values: Vec<String> = references.iter().map(|it| self.value(it)).collect();
        if self.grouped {
            self.close_groups();
        }
        let order = self.order_or_newest();
        let order = if order.is_empty() {
            String::new()
        } else {
            format!(" ORDER BY {}", order.join(", "))
        };
        let number = format!("row_number() OVER (PARTITION BY {}{order})", values.join(", "));
        self.dedups += 1;
        let name = format!("{ROW_OF_VALUE}_{}", self.dedups);
        let from =
            format!("SELECT *, {number} AS {name} FROM {}{}", self.from, self.where_clause());
        self.from = format!("({from}) AS numbered");
        self.filter = Some(format!("{name} = 1"));
    }

    /// The SQL of a column in the rows so far.
    fn value(&self, reference: &Reference) -> String {
        match reference {
            Reference::Field(field) => text_of(field, self.source),
            Reference::Column(name) if self.grouped => quoted(name),
            Reference::Column(name) => {
                let known = self.columns.iter().flatten().find(|(column, _)| column == name);
                known.map_or_else(|| quoted(name), |(_, sql)| sql.clone())
            }
        }
    }

    /// Numbers in their order, then texts in theirs.
    fn order_by(&self, key: &SortKey) -> Vec<String> {
        let direction = if key.descending { "DESC" } else { "ASC" };
        if let Reference::Field(field) = &key.by
            && is_status(field)
            && self.source == Source::Logs
        {
            return vec![format!("severity_number {direction} NULLS LAST")];
        }
        let value = self.value(&key.by);
        let is_attribute = value.contains("attributes[") || value.contains("attr_path(");
        let number = format!("as_number({value}) {direction} NULLS LAST");
        let text = format!("{value} {direction} NULLS LAST");
        if is_attribute && !self.grouped { vec![number, text] } else { vec![text] }
    }

    fn order_or_newest(&self) -> Vec<String> {
        if self.order.is_empty() && !self.grouped {
            return vec![format!("{} DESC", self.source.time_column())];
        }
        self.order.clone()
    }

    fn where_clause(&self) -> String {
        self.filter.as_ref().map_or_else(String::new, |filter| format!(" WHERE {filter}"))
    }

    /// Makes the answer so far a table of its own when it was cut, so that what follows sees only
    /// the rows that are left.
    fn close_limit(&mut self) {
        let Some(limit) = self.limit.take() else { return };
        if self.grouped {
            self.limit = Some(limit);
            let sql = self.sql();
            self.replace_by(sql);
            return;
        }
        let order = self.order_or_newest().join(", ");
        let rows = format!(
            "SELECT * FROM {}{} ORDER BY {order} LIMIT {limit}",
            self.from,
            self.where_clause()
        );
        self.from = format!("({rows}) AS rows_before");
        self.filter = None;
    }

    /// Makes groups a table of their own. Their order is by names of columns, so it stays.
    fn close_groups(&mut self) {
        if self.groups.is_none() {
            return;
        }
        let order = std::mem::take(&mut self.order);
        let limit = self.limit.take();
        let sql = self.sql();
        self.replace_by(sql);
        (self.order, self.limit) = (order, limit);
    }

    fn replace_by(&mut self, sql: String) {
        self.from = format!("({sql}) AS rows_before");
        (self.filter, self.groups, self.limit) = (None, None, None);
        for (name, sql) in self.columns.iter_mut().flatten() {
            *sql = quoted(name);
        }
    }

    fn sql(&self) -> String {
        let columns = match &self.columns {
            Some(columns) => columns.clone(),
            None => display_columns(self.source)
                .into_iter()
                .map(|(name, sql)| (name.to_owned(), sql))
                .collect(),
        };
        let columns: Vec<String> = columns
            .into_iter()
            .map(|(name, sql)| {
                let is_plain = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_');
                let is_called_so = quoted(&name) == sql || (is_plain && name == sql);
                if is_called_so { sql } else { format!("{sql} AS {}", quoted(&name)) }
            })
            .collect();
        let mut sql =
            format!("SELECT {} FROM {}{}", columns.join(", "), self.from, self.where_clause());
        match &self.groups {
            Some(groups) if !groups.is_empty() => {
                sql.push_str(&format!(" GROUP BY {}", groups.join(", ")));
            }
            _ => {}
        }
        let order = self.order_or_newest();
        if !order.is_empty() {
            sql.push_str(&format!(" ORDER BY {}", order.join(", ")));
        }
        if let Some(limit) = self.limit {
            sql.push_str(&format!(" LIMIT {limit}"));
        }
        sql
    }
}

fn count_all() -> Aggregate {
    Aggregate { function: Function::Count, field: None, name: None }
}

/// The name of a column of an answer.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn interval(nanoseconds: i64) -> String {
    let (count, unit) = match nanoseconds {
        whole if whole % 1_000_000_000 == 0 => (whole / 1_000_000_000, "seconds"),
        whole if whole % 1_000_000 == 0 => (whole / 1_000_000, "milliseconds"),
        whole if whole % 1000 == 0 => (whole / 1000, "microseconds"),
        whole => (whole, "nanoseconds"),
    };
    format!("INTERVAL {}", literal(&format!("{count} {unit}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use hannun_search::{Expr, Text};

    #[test]
    fn a_filter_that_is_too_deep_for_sql_is_refused() {
        let word = || Expr::Text {
            scope: hannun_search::ast::TextScope::Message,
            text: Text::Exact("a".to_owned()),
        };
        let nested = |levels: usize| {
            let deeper = |inner, _| Expr::and(vec![word(), Expr::or(vec![word(), inner])]);
            Filter::new((0..levels).fold(word(), deeper)).unwrap()
        };
        assert!(checked_condition(&nested(5), Source::Logs).is_ok());
        assert_eq!(checked_condition(&nested(40), Source::Logs), Err(CompileError::TooDeep));
    }

    #[test]
    fn parentheses_in_texts_are_no_levels() {
        assert_eq!(levels("f('((((') AND (g('it''s (') OR (true))"), 4);
    }
}
