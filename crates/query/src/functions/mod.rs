//! SQL functions beyond the engine's own.

pub mod attribute;
pub mod cidr;
pub mod histogram;
pub mod lookup;
pub mod span;
pub mod text;

use datafusion::prelude::SessionContext;

/// Adds the functions to a session.
pub fn register(context: &SessionContext) {
    context.register_udf(attribute::attribute_function().as_ref().clone());
    for number in attribute::number_functions() {
        context.register_udf(number);
    }
    context.register_udf(cidr::cidr_function());
    for function in crate::search::functions::search_functions() {
        context.register_udf(function);
    }
    for function in histogram::histogram_functions().into_iter().chain(span::span_functions()) {
        context.register_udf(function);
    }
    for function in histogram::histogram_aggregates() {
        context.register_udaf(function);
    }
    for function in text::text_functions() {
        context.register_udf(function);
    }
    let date_bin = datafusion::functions::datetime::date_bin();
    context.register_udf(date_bin.as_ref().clone().with_aliases(["time_bucket"]));
    let percentile =
        datafusion::functions_aggregate::approx_percentile_cont::approx_percentile_cont_udaf();
    context.register_udaf(percentile.as_ref().clone().with_aliases(["percentile"]));
}
