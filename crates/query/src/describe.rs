//! What can be asked: tables, columns and functions, for completion and for people.

use crate::engine::Engine;
use crate::output::columns::type_name;
use arrow::datatypes::FieldRef;
use hannun_model::cost::{self, CostTable};
use hannun_model::table::Table;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Debug, Serialize)]
pub struct TableDescription {
    pub name: String,
    pub description: String,
    pub columns: Vec<ColumnDescription>,
}

#[derive(Debug, Serialize)]
pub struct ColumnDescription {
    pub name: String,
    /// As in an answer in columns.
    pub type_name: &'static str,
    pub description: String,
}

#[derive(Debug, Serialize)]
pub struct FunctionDescription {
    pub name: String,
    pub signature: String,
    pub description: String,
}

impl Engine {
    /// Every table that a query may name.
    pub async fn tables(&self) -> Vec<TableDescription> {
        let mut tables = Vec::new();
        for table in Table::ALL {
            tables.push(TableDescription {
                name: table.name().to_owned(),
                description: table.purpose().to_owned(),
                columns: table.columns().iter().map(model_column).collect(),
            });
        }
        let of_bills = CostTable::ALL.map(|table| (table.name(), table.purpose()));
        for (name, description) in of_bills.into_iter().chain(crate::system_tables::DESCRIPTIONS) {
            let Ok(provider) = self.context().table_provider(name).await else { continue };
            let columns = provider.schema().fields().iter().map(found_column).collect();
            tables.push(TableDescription {
                name: name.to_owned(),
                description: description.to_owned(),
                columns,
            });
        }
        tables
    }

    /// Every function that a query may call, by name.
    pub fn functions(&self) -> Vec<FunctionDescription> {
        let state = self.context().state();
        let scalar = state
            .scalar_functions()
            .iter()
            .map(|(name, function)| (name.clone(), function.documentation().cloned()));
        let aggregate = state
            .aggregate_functions()
            .iter()
            .map(|(name, function)| (name.clone(), function.documentation().cloned()));
        let window = state
            .window_functions()
            .iter()
            .map(|(name, function)| (name.clone(), function.documentation().cloned()));
        let by_name: BTreeMap<_, _> = scalar.chain(window).chain(aggregate).collect();
        by_name
            .into_iter()
            .map(|(name, documentation)| FunctionDescription {
                signature: documentation
                    .as_ref()
                    .map_or_else(|| format!("{name}(…)"), |it| it.syntax_example.clone()),
                description: documentation
                    .map_or_else(String::new, |it| first_line(&it.description)),
                name,
            })
            .collect()
    }
}

fn first_line(text: &str) -> String {
    text.trim().lines().next().unwrap_or_default().to_owned()
}

/// A column that no table of the model has, or one of bills.
fn found_column(field: &FieldRef) -> ColumnDescription {
    let known = cost::column_index(field.name()).map(|index| &cost::COLUMNS[index]);
    ColumnDescription {
        name: field.name().clone(),
        type_name: type_name(field),
        description: known.map_or("", |column| column.description).to_owned(),
    }
}

fn model_column(column: &hannun_model::column::Column) -> ColumnDescription {
    ColumnDescription {
        name: column.name.to_owned(),
        type_name: type_name(&std::sync::Arc::new(column.field())),
        description: column.description.to_owned(),
    }
}
