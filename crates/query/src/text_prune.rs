//! Which parts of files a query may need, by the words that its filters ask for.

use crate::functions::text::call_of;
use datafusion::error::Result;
use datafusion::logical_expr::expr::{InList, ScalarFunction};
use datafusion::logical_expr::{BinaryExpr, Expr, Like, Operator};
use futures::{StreamExt, TryStreamExt};
use hannun_lake::scan::RowChoices;
use hannun_lake::state::FileHandle;
use hannun_lake::text_index::{Needs, candidates};
use hannun_model::limits::{TEXT_INDEX_READS_AT_ONCE, TEXT_INDEX_TOKENS_TESTED_MAX};
use hannun_model::table::Table;
use hannun_model::text::required_tokens;
use object_store::ObjectStore;
use std::sync::Arc;

/// What a row must have in its text so that all filters can be true of it.
pub fn needs_of(table: Table, filters: &[Expr]) -> Needs {
    if table.text_columns().is_empty() {
        return Needs::Nothing;
    }
    let needs = Needs::All(filters.iter().map(|filter| needs_of_filter(table, filter)).collect());
    let mut hashes = Vec::new();
    needs.hashes(&mut hashes);
    if hashes.len() > TEXT_INDEX_TOKENS_TESTED_MAX { Needs::Nothing } else { needs }
}

/// Leaves out the files that cannot match, and says of the others which rows may.
pub async fn choose_rows(
    store: &Arc<dyn ObjectStore>,
    files: Vec<FileHandle>,
    needs: &Needs,
) -> Result<(Vec<FileHandle>, RowChoices)> {
    let mut looked = futures::stream::iter(files)
        .map(|file| async move {
            let granules = candidates(store.as_ref(), &file, needs).await?;
            Ok::<_, object_store::Error>((file, granules))
        })
        .buffered(TEXT_INDEX_READS_AT_ONCE);
    let (mut kept, mut choices) = (Vec::new(), RowChoices::default());
    while let Some((file, granules)) = looked.try_next().await? {
        if let Some(granules) = granules {
            if !granules.iter().flatten().any(|maybe| *maybe) {
                continue;
            }
            choices.add(&file, granules);
        }
        kept.push(file);
    }
    Ok((kept, choices))
}

fn needs_of_filter(table: Table, filter: &Expr) -> Needs {
    match filter {
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::And, right }) => {
            Needs::All(vec![needs_of_filter(table, left), needs_of_filter(table, right)])
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Or, right }) => {
            Needs::Any(vec![needs_of_filter(table, left), needs_of_filter(table, right)])
        }
        Expr::BinaryExpr(BinaryExpr { left, op: Operator::Eq, right }) => {
            match (text_of(left), text_of(right)) {
                (None, Some(text)) if is_indexed(table, left) => whole(text),
                (Some(text), None) if is_indexed(table, right) => whole(text),
                _ => Needs::Nothing,
            }
        }
        Expr::InList(InList { expr, list, negated: false }) if is_indexed(table, expr) => {
            let any = list.iter().map(|item| text_of(item).map_or(Needs::Nothing, whole));
            Needs::Any(any.collect())
        }
        Expr::Like(like) => needs_of_like(table, like),
        Expr::Alias(alias) => needs_of_filter(table, &alias.expr),
        Expr::ScalarFunction(call) => match call_of(filter) {
            Some((inside, phrase)) if is_indexed(table, inside) => {
                Needs::tokens(phrase.required_tokens())
            }
            _ => needs_of_contains(table, call),
        },
        _ => Needs::Nothing,
    }
}

/// The tokens of a value that is the whole text.
fn whole(text: &str) -> Needs {
    Needs::tokens(required_tokens(text, false, false))
}

fn needs_of_like(table: Table, like: &Like) -> Needs {
    let pattern = text_of(&like.pattern);
    let (Some(pattern), false, None) = (pattern, like.negated, like.escape_char) else {
        return Needs::Nothing;
    };
    // What is the same in another case is more for ILIKE than for the index: µ and μ, σ and ς.
    if like.case_insensitive {
        return Needs::Nothing;
    }
    // A backslash escapes by default; such patterns are rare.
    if !is_indexed(table, &like.expr) || pattern.contains('\\') {
        return Needs::Nothing;
    }
    // Between wildcards a word may go on; the text itself begins and ends a word.
    let parts: Vec<&str> = pattern.split(['%', '_']).collect();
    let last = parts.len() - 1;
    Needs::tokens(
        parts
            .iter()
            .enumerate()
            .flat_map(|(index, part)| required_tokens(part, index > 0, index < last)),
    )
}

fn needs_of_contains(table: Table, call: &ScalarFunction) -> Needs {
    match call.args.as_slice() {
        [inside, part] if call.func.name() == "contains" && is_indexed(table, inside) => {
            text_of(part)
                .map_or(Needs::Nothing, |text| Needs::tokens(required_tokens(text, true, true)))
        }
        _ => Needs::Nothing,
    }
}

fn text_of(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Literal(value, _) => value.try_as_str().flatten(),
        _ => None,
    }
}

/// Whether all that the expression could answer is text of indexed columns, as it is stored.
fn is_indexed(table: Table, expr: &Expr) -> bool {
    match expr {
        Expr::Column(column) => {
            let index = table.column_index(&column.name);
            index.is_some_and(|index| table.text_columns().contains(&index))
        }
        Expr::Alias(alias) => is_indexed(table, &alias.expr),
        // An integer as text has the same digits; any other cast may write something else.
        Expr::Cast(cast) => {
            cast.field.data_type().is_string()
                && matches!(*cast.expr, Expr::Column(_))
                && is_indexed(table, &cast.expr)
        }
        Expr::ScalarFunction(call) => match (call.func.name(), call.args.as_slice()) {
            ("attr", [inside, Expr::Literal(..)]) => is_indexed(table, inside),
            ("coalesce", parts) => parts.iter().all(|part| is_indexed(table, part)),
            _ => false,
        },
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::functions::attribute::attribute_function;
    use crate::functions::text::text_functions;
    use arrow::datatypes::DataType;
    use datafusion::logical_expr::expr_fn::cast;
    use datafusion::prelude::{coalesce, col, lit};

    fn needs(filter: Expr) -> Needs {
        needs_of_filter(Table::Logs, &filter)
    }

    fn has(column: &str, phrase: &str) -> Expr {
        text_functions()[0].call(vec![col(column), lit(phrase)])
    }

    #[test]
    fn phrases_values_and_patterns_ask_for_their_words() {
        assert_eq!(needs(has("body", "Timed out")), Needs::tokens(["out", "timed"]));
        assert_eq!(needs(col("url_path").eq(lit("/a/b"))), Needs::tokens(["a", "b"]));
        let attribute = attribute_function().call(vec![col("attributes"), lit("order.id")]);
        assert_eq!(needs(attribute.clone().eq(lit("O-1"))), Needs::tokens(["1", "o"]));
        assert_eq!(
            needs(col("body").like(lit("%lost connection to%"))),
            Needs::tokens(["connection"])
        );
        assert_eq!(needs(col("body").like(lit("lost con%"))), Needs::tokens(["lost"]));
        let status = cast(col("http_response_status_code"), DataType::Utf8);
        assert_eq!(needs(status.eq(lit("500"))), Needs::tokens(["500"]));
    }

    #[test]
    fn what_the_index_cannot_know_prunes_nothing() {
        for filter in [
            Expr::Not(Box::new(has("body", "a"))),
            has("pattern", "a"),
            col("trace_id").eq(lit("ab")),
            col("body").not_like(lit("%a b c%")),
            has("body", "a").or(col("severity_number").gt(lit(8))),
            col("body").ilike(lit("% \u{b5}s%")),
            cast(cast(col("http_response_status_code"), DataType::Float64), DataType::Utf8)
                .eq(lit("500.0")),
            coalesce(vec![col("service_name"), lit("none")]).eq(lit("none")),
        ] {
            assert!(needs(filter.clone()).is_nothing(), "{filter}");
        }
        assert!(!needs(has("body", "a").and(col("severity_number").gt(lit(8)))).is_nothing());
        assert!(needs_of(Table::Spans, &[has("attributes", "a")]).is_nothing());
    }
}
