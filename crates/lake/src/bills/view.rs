//! What queries see: the snapshots as they are at one moment, held until nobody reads them.

use super::snapshot::{BillFile, OwnColumn, SnapshotRecord};
use arrow::datatypes::{Field, Schema, SchemaRef};
use hannun_model::column::ColumnType;
use hannun_model::cost::{self, CostTable};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// A snapshot. Its files stay on disk while anybody holds it.
#[derive(Debug, PartialEq, Eq)]
pub struct BillSnapshot {
    pub record: SnapshotRecord,
}

/// A data file, and the snapshot that it is of.
#[derive(Debug, Clone)]
pub struct PinnedFile {
    pub snapshot: Arc<BillSnapshot>,
    /// Position among the files of the snapshot.
    pub index: usize,
}

impl PinnedFile {
    pub fn file(&self) -> &BillFile {
        &self.snapshot.record.files[self.index]
    }
}

/// All snapshots at one moment.
#[derive(Debug, Default)]
pub struct View {
    /// The newest first.
    snapshots: Vec<Arc<BillSnapshot>>,
    current: HashSet<String>,
}

impl View {
    /// `snapshots` in any order.
    pub fn new(mut snapshots: Vec<Arc<BillSnapshot>>) -> Self {
        // An id begins with the time at which its import began; of two imports that ran side by side
        // the one that was committed last counts.
        snapshots.sort_by(|left, right| {
            let key = |it: &BillSnapshot| (it.record.imported_ms, it.record.id.clone());
            key(right).cmp(&key(left))
        });
        let mut periods = HashSet::new();
        let current = snapshots
            .iter()
            .filter(|snapshot| snapshot.record.has_lines())
            .filter(|snapshot| periods.insert(snapshot.record.period()))
            .map(|snapshot| snapshot.record.id.clone())
            .collect();
        Self { snapshots, current }
    }

    /// The newest first, those that were superseded included.
    pub fn snapshots(&self) -> &[Arc<BillSnapshot>] {
        &self.snapshots
    }

    /// Whether a snapshot is what its period counts by now.
    pub fn is_current(&self, id: &str) -> bool {
        self.current.contains(id)
    }

    /// The snapshots that count.
    pub fn current(&self) -> impl Iterator<Item = &Arc<BillSnapshot>> {
        self.snapshots.iter().filter(|snapshot| self.is_current(&snapshot.record.id))
    }

    /// What counts for a period of a source.
    pub fn current_of(&self, source: &str, period_start_ms: i64) -> Option<&Arc<BillSnapshot>> {
        self.current().find(|snapshot| snapshot.record.period() == (source, period_start_ms))
    }

    /// The files that a table is made of.
    pub fn files(&self, table: CostTable) -> Vec<PinnedFile> {
        let of = |snapshot: &Arc<BillSnapshot>| {
            let files = snapshot.record.files.iter().enumerate();
            files
                .filter(|(_, file)| file.table == table.name())
                .map(|(index, _)| PinnedFile { snapshot: snapshot.clone(), index })
                .collect::<Vec<_>>()
        };
        self.current().flat_map(of).collect()
    }

    /// The columns of a table: those that it always has, and those that its sources add.
    pub fn schema(&self, table: CostTable) -> SchemaRef {
        let mut own: BTreeMap<&str, bool> = BTreeMap::new();
        for snapshot in self.current() {
            for column in snapshot.record.own_columns.get(table.name()).into_iter().flatten() {
                // What one source has as a number and another one as a text is read as a text.
                *own.entry(&column.name).or_insert(true) &= column.decimal;
            }
        }
        if own.is_empty() {
            return cost::schema();
        }
        let known = cost::schema();
        let own = own.iter().filter(|(name, _)| known.index_of(name).is_err());
        let own = own.map(|(name, decimal)| Arc::new(own_field(name, *decimal)));
        let fields: Vec<_> = known.fields().iter().cloned().chain(own).collect();
        Arc::new(Schema::new(fields))
    }
}

fn own_field(name: &str, decimal: bool) -> Field {
    cost::own_column(name, if decimal { ColumnType::Decimal } else { ColumnType::Text })
}

impl OwnColumn {
    /// The column that this field is, when it is one of a source's own.
    pub fn of(field: &Field) -> Option<Self> {
        let own = cost::column_index(field.name()).is_none();
        own.then(|| Self {
            name: field.name().clone(),
            decimal: field.data_type() == &ColumnType::Decimal.arrow_type(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::datatypes::DataType;

    fn snapshot(
        id: &str,
        source: &str,
        imported_ms: i64,
        own: &[(&str, bool)],
    ) -> Arc<BillSnapshot> {
        let own =
            own.iter().map(|(name, decimal)| OwnColumn { name: (*name).into(), decimal: *decimal });
        let record = SnapshotRecord {
            id: id.into(),
            source: source.into(),
            imported_ms,
            own_columns: BTreeMap::from([("cost".to_owned(), own.collect())]),
            ..SnapshotRecord::default()
        };
        Arc::new(BillSnapshot { record })
    }

    #[test]
    fn what_was_committed_last_is_current_in_its_source() {
        let view = View::new(vec![
            snapshot("a", "aws", 1, &[]),
            snapshot("b", "aws", 3, &[]),
            snapshot("c", "aws", 2, &[]),
            snapshot("d", "gcp", 1, &[]),
        ]);
        let current: Vec<&str> = view.current().map(|it| it.record.id.as_str()).collect();
        assert_eq!(current, ["b", "d"]);
        assert_eq!(view.current_of("aws", 0).unwrap().record.id, "b");
        assert_eq!(view.current_of("aws", 1), None);
    }

    #[test]
    fn own_columns_of_current_snapshots_follow_those_of_focus() {
        let view = View::new(vec![
            snapshot("a", "aws", 1, &[("x_gone", true)]),
            snapshot(
                "b",
                "aws",
                2,
                &[("x_price", true), ("x_mixed", true), ("x_usage_type", false)],
            ),
            snapshot("c", "gcp", 1, &[("x_mixed", false)]),
        ]);
        let schema = view.schema(CostTable::Lines);
        let own = &schema.fields()[cost::schema().fields().len()..];
        let types: Vec<(&str, DataType)> =
            own.iter().map(|field| (field.name().as_str(), field.data_type().clone())).collect();
        assert_eq!(
            types,
            [("x_mixed", DataType::Utf8View), ("x_price", ColumnType::Decimal.arrow_type())]
        );
        assert_eq!(view.schema(CostTable::Daily), cost::schema());
    }
}
