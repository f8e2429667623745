//! Which files a query may need, by what the catalog knows of them.

use arrow::array::{
    ArrayRef, BooleanArray, StringViewArray, TimestampNanosecondArray, UInt64Array,
};
use arrow::datatypes::SchemaRef;
use datafusion::common::Column;
use datafusion::common::pruning::PruningStatistics;
use datafusion::error::Result;
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_optimizer::pruning::PruningPredicateBuilder;
use datafusion::scalar::ScalarValue;
use hannun_lake::file::ColumnStatistics;
use hannun_lake::state::FileHandle;
use hannun_model::table::Table;
use std::collections::HashSet;
use std::sync::Arc;

/// Keeps the files whose statistics do not rule the predicate out.
pub fn prune_files(
    table: Table,
    schema: &SchemaRef,
    files: Vec<FileHandle>,
    predicate: &Arc<dyn PhysicalExpr>,
) -> Result<Vec<FileHandle>> {
    if files.is_empty() {
        return Ok(files);
    }
    let pruning = PruningPredicateBuilder::new()
        .with_file_schema(schema.clone())
        .try_build(predicate.clone())?;
    let kept = pruning.prune(&FileStatistics { table, files: &files })?;
    Ok(files.into_iter().zip(kept).filter_map(|(file, keep)| keep.then_some(file)).collect())
}

/// The trace ids that a filter asks for, when it asks for some and nothing else could match.
pub fn trace_ids(filters: &[Expr]) -> Option<Vec<String>> {
    filters.iter().find_map(|filter| match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => {
            match (is_trace_id(left), is_trace_id(right)) {
                (true, false) => Some(vec![text(right)?]),
                (false, true) => Some(vec![text(left)?]),
                _ => None,
            }
        }
        Expr::InList(list) if !list.negated && is_trace_id(&list.expr) => {
            list.list.iter().map(text).collect()
        }
        // A short IN list reaches us as a chain of OR.
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            let mut ids = trace_ids(std::slice::from_ref(left))?;
            ids.extend(trace_ids(std::slice::from_ref(right))?);
            Some(ids)
        }
        _ => None,
    })
}

fn is_trace_id(expr: &Expr) -> bool {
    matches!(expr, Expr::Column(column) if column.name == "trace_id")
}

fn text(expr: &Expr) -> Option<String> {
    let Expr::Literal(value, _) = expr else { return None };
    value.try_as_str().flatten().map(str::to_owned)
}

struct FileStatistics<'a> {
    table: Table,
    files: &'a [FileHandle],
}

impl FileStatistics<'_> {
    fn is_time(&self, column: &Column) -> bool {
        column.name == self.table.columns()[self.table.time_column()].name
    }

    fn times(&self, time: impl Fn(&FileHandle) -> i64) -> ArrayRef {
        let times = TimestampNanosecondArray::from_iter_values(self.files.iter().map(time));
        Arc::new(times.with_timezone("UTC"))
    }

    fn texts<'s>(
        &'s self,
        column: &Column,
        text: impl Fn(&'s ColumnStatistics) -> Option<&'s str>,
    ) -> Option<ArrayRef> {
        let any = self.files.iter().any(|file| file.columns.contains_key(&column.name));
        any.then(|| {
            let texts =
                self.files.iter().map(|file| file.columns.get(&column.name).and_then(&text));
            Arc::new(StringViewArray::from_iter(texts)) as ArrayRef
        })
    }
}

impl PruningStatistics for FileStatistics<'_> {
    fn min_values(&self, column: &Column) -> Option<ArrayRef> {
        if self.is_time(column) {
            return Some(self.times(|file| file.min_time));
        }
        self.texts(column, |statistics| statistics.min.as_deref())
    }

    fn max_values(&self, column: &Column) -> Option<ArrayRef> {
        if self.is_time(column) {
            return Some(self.times(|file| file.max_time));
        }
        self.texts(column, |statistics| statistics.max.as_deref())
    }

    fn num_containers(&self) -> usize {
        self.files.len()
    }

    fn null_counts(&self, column: &Column) -> Option<ArrayRef> {
        if self.is_time(column) {
            return Some(Arc::new(UInt64Array::from(vec![0; self.files.len()])));
        }
        let counts: Vec<Option<u64>> = self
            .files
            .iter()
            .map(|file| file.columns.get(&column.name).map(|column| column.null_count))
            .collect();
        counts.iter().any(Option::is_some).then(|| Arc::new(UInt64Array::from(counts)) as ArrayRef)
    }

    fn row_counts(&self) -> Option<ArrayRef> {
        Some(Arc::new(UInt64Array::from_iter_values(self.files.iter().map(|file| file.rows))))
    }

    /// True: only values of the set; false: none of them; null: unknown.
    fn contained(&self, column: &Column, wanted: &HashSet<ScalarValue>) -> Option<BooleanArray> {
        let wanted: Vec<&str> =
            wanted.iter().filter_map(|value| value.try_as_str().flatten()).collect();
        let contained: Vec<Option<bool>> = self
            .files
            .iter()
            .map(|file| {
                let present = file.columns.get(&column.name)?.values.as_ref()?;
                let any = present.iter().any(|value| wanted.contains(&value.as_str()));
                (!any).then_some(false)
            })
            .collect();
        contained.iter().any(Option::is_some).then(|| BooleanArray::from(contained))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::prelude::{col, lit};

    #[test]
    fn trace_ids_are_read_off_equality_lists_and_chains() {
        assert_eq!(trace_ids(&[col("trace_id").eq(lit("a"))]), Some(vec!["a".to_owned()]));
        let chain = col("trace_id").eq(lit("a")).or(lit("b").eq(col("trace_id")));
        assert_eq!(trace_ids(&[chain]), Some(vec!["a".to_owned(), "b".to_owned()]));
        let list = col("trace_id").in_list(vec![lit("c")], false);
        assert_eq!(trace_ids(&[col("name").eq(lit("x")), list]), Some(vec!["c".to_owned()]));
        let other = col("trace_id").eq(lit("a")).or(col("name").eq(lit("x")));
        assert_eq!(trace_ids(&[other]), None);
    }
}
