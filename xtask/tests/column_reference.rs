//! The column reference of the user guide is what the code says.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use hannun_model::column::{Column, Lookup};
use hannun_model::cost::{self, CostTable};
use hannun_model::table::Table;
use std::fmt::Write;
use std::path::Path;

const REFERENCE: &str = "../docs/guide/reference/columns.md";

#[test]
fn the_column_reference_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(REFERENCE);
    let expected = reference();
    if std::env::var_os("HANNUN_WRITE_REFERENCE").is_some() {
        std::fs::write(&path, &expected).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(found == expected, "columns.md differs from the code: run `cargo xtask docs`");
}

fn reference() -> String {
    let mut out = String::from(
        "# Tables and columns\n\nWritten by `cargo xtask docs` from `crates/model`; do not edit.\n\n\
         Every column may be null. *Needle* marks columns with a bloom filter: one value among \
         millions is found without reading the rest. Types are explained in \
         [Querying](../querying.md#types).\n",
    );
    for table in Table::ALL {
        write_table(&mut out, table);
    }
    write_cost_tables(&mut out);
    out
}

fn write_cost_tables(out: &mut String) {
    let purposes = CostTable::ALL.map(|table| format!("`{}`: {}", table.name(), table.purpose()));
    write!(
        out,
        "\n## `cost`, `cost_daily`, `cost_split`\n\n{} They have the same columns: first those of \
         FOCUS 1.4, then ours. `cost` and `cost_split` have the sources' own columns too, as `x_…`.\n\n\
         | Column | Type | | What it is |\n|---|---|---|---|\n",
        purposes.join(" "),
    )
    .unwrap();
    write_columns(out, cost::COLUMNS);
}

fn write_table(out: &mut String, table: Table) {
    let names = |positions: &[usize]| {
        let names = positions.iter().map(|it| format!("`{}`", table.columns()[*it].name));
        names.collect::<Vec<_>>().join(", ")
    };
    write!(
        out,
        "\n## `{}`\n\n{} Files are sorted by {}; the time of a row is `{}`.\n\n\
         | Column | Type | | What it is |\n|---|---|---|---|\n",
        table.name(),
        table.purpose(),
        names(table.sort_columns()),
        table.columns()[table.time_column()].name,
    )
    .unwrap();
    write_columns(out, table.columns());
}

fn write_columns(out: &mut String, columns: &[Column]) {
    for Column { name, column_type, lookup, description, .. } in columns {
        let lookup = match lookup {
            Lookup::Scan => "",
            Lookup::Needle => "needle",
        };
        let description = description.replace('|', "\\|");
        let line = format!("| `{name}` | {} | {lookup} | {description} |", column_type.sql_name());
        writeln!(out, "{line}").unwrap();
    }
}
