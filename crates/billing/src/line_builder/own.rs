//! Columns of a file that FOCUS has no place for: they are kept under `x_…` names.

use super::LineBuilder;
use crate::error::BillError;
use crate::raw::{Cell, Header, RawBatch};
use arrow::datatypes::Field;
use hannun_model::column::{ColumnType, TYPED_METADATA_KEY};
use hannun_model::cost;
use std::collections::HashSet;

/// Which columns of a file are kept as the source's own, and how.
#[derive(Debug, Clone, Default)]
pub struct OwnColumns {
    columns: Vec<OwnColumn>,
}

#[derive(Debug, Clone)]
struct OwnColumn {
    /// Position in the file.
    raw: usize,
    column_type: ColumnType,
    field: Field,
}

impl OwnColumns {
    /// The columns of `header` for which `type_of` (position, name in snake case) gives a type: text,
    /// decimal or JSON. Names begin with `x_`; a name that is taken gets a number at its end.
    pub fn new(
        header: &Header,
        mut type_of: impl FnMut(usize, &str) -> Option<ColumnType>,
    ) -> Self {
        let mut taken: HashSet<String> =
            cost::COLUMNS.iter().map(|column| column.name.to_owned()).collect();
        let mut columns = Vec::new();
        for (raw, name) in header.names().iter().enumerate() {
            let snake_name = cost::snake_case(name);
            let Some(column_type) = type_of(raw, &snake_name) else { continue };
            let wanted =
                if snake_name.starts_with("x_") { snake_name } else { format!("x_{snake_name}") };
            let mut name = wanted.clone();
            let mut number = 2;
            while !taken.insert(name.clone()) {
                name = format!("{wanted}_{number}");
                number += 1;
            }
            let mut field = cost::own_column(&name, column_type);
            if column_type == ColumnType::Json {
                field.metadata_mut().insert(TYPED_METADATA_KEY.to_owned(), "json".to_owned());
            }
            columns.push(OwnColumn { raw, column_type, field });
        }
        Self { columns }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.columns.len()
    }

    pub fn is_empty(&self) -> bool {
        self.columns.is_empty()
    }

    /// Their positions in the file.
    pub fn raw_columns(&self) -> impl Iterator<Item = usize> {
        self.columns.iter().map(|column| column.raw)
    }

    /// These, and `others` behind them, for a builder that is to have both. Their names must differ.
    pub fn and(&self, others: &Self) -> Self {
        Self { columns: self.columns.iter().chain(&others.columns).cloned().collect() }
    }

    pub(super) fn fields(&self) -> impl Iterator<Item = &Field> {
        self.columns.iter().map(|column| &column.field)
    }

    pub(super) fn column_types(&self) -> impl Iterator<Item = ColumnType> {
        self.columns.iter().map(|column| column.column_type)
    }

    /// Writes the own columns of one row to the line that `builder` is at.
    ///
    /// # Errors
    /// A decimal column holds something else.
    #[inline]
    pub fn write(
        &self,
        builder: &mut LineBuilder,
        raw: &RawBatch,
        row: usize,
    ) -> Result<(), BillError> {
        for (index, column) in self.columns.iter().enumerate() {
            let to = cost::COLUMNS.len() + index;
            match (raw.cell(column.raw, row), column.column_type) {
                (Cell::Null, _) => {}
                (_, ColumnType::Decimal) => builder.money(to, raw.money(column.raw, row)?),
                (Cell::Text(text), _) => builder.text(to, text),
                (other, _) => builder.optional_text(to, other.text().as_deref()),
            }
        }
        Ok(())
    }
}
