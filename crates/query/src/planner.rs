//! Makes `attributes['key']` work, whatever the key and wherever it is kept.

use crate::functions::attribute::attribute_function;
use arrow::datatypes::DataType;
use datafusion::common::{Column, DFSchema};
use datafusion::error::Result;
use datafusion::logical_expr::expr::ScalarFunction;
use datafusion::logical_expr::expr_fn::cast;
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawFieldAccessExpr};
use datafusion::logical_expr::{Expr, GetFieldAccess};
use datafusion::prelude::{coalesce, lit};
use hannun_model::semconv::{item_attributes, resource_attributes};
use hannun_model::table::Table;

/// Plans a subscript of an attribute column as a look-up by key.
///
/// A key that has a column of its own is looked up there too, so that nobody has to know which
/// keys are hot.
#[derive(Debug)]
pub struct AttributePlanner;

impl ExprPlanner for AttributePlanner {
    fn plan_field_access(
        &self,
        expr: RawFieldAccessExpr,
        schema: &DFSchema,
    ) -> Result<PlannerResult<RawFieldAccessExpr>> {
        let key = match (&expr.expr, &expr.field_access) {
            (Expr::Column(column), GetFieldAccess::NamedStructField { name })
                if is_attributes(column) =>
            {
                name.try_as_str().flatten().map(str::to_owned)
            }
            _ => None,
        };
        let (Expr::Column(column), Some(key)) = (&expr.expr, key) else {
            return Ok(PlannerResult::Original(expr));
        };
        let args = vec![expr.expr.clone(), lit(key.clone())];
        let in_map = Expr::ScalarFunction(ScalarFunction::new_udf(attribute_function(), args));
        let planned = match hot_column(column, &key, schema) {
            Some(hot) => coalesce(vec![in_map, cast(Expr::Column(hot), DataType::Utf8View)]),
            None => in_map,
        };
        let name = format!("{}['{key}']", column.name);
        Ok(PlannerResult::Planned(planned.alias(name)))
    }
}

/// Columns of bills that hold a JSON object.
const JSON_OF_BILLS: [&str; 4] = ["tags", "allocated_tags", "x_cost_category", "sku_price_details"];

fn is_attributes(column: &Column) -> bool {
    let name = column.name.as_str();
    name == "attributes" || name.ends_with("_attributes") || JSON_OF_BILLS.contains(&name)
}

/// The column of a hot key, when the table that is asked has it.
fn hot_column(attributes: &Column, key: &str, schema: &DFSchema) -> Option<Column> {
    let (table, hot) = Table::INTAKE.into_iter().find_map(|table| {
        let hot = match attributes.name.as_str() {
            "attributes" => item_attributes(table),
            "resource_attributes" => resource_attributes(table),
            _ => return None,
        };
        hot.get(key).map(|hot| (table, hot))
    })?;
    let name = table.columns()[hot.column].name;
    let column = Column::new(attributes.relation.clone(), name);
    schema.has_column(&column).then_some(column)
}
