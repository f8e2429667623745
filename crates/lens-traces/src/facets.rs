//! The most frequent values of fields of spans.

use crate::question::Question;
use hannun_api::ApiError;
use hannun_model::limits::{TRACES_FACET_SPANS_MAX, TRACES_FACETS_MAX};
use hannun_query::search::Source;
use hannun_query::search::facets::{
    FacetCount, FacetCounts, FieldCounts, count_facets, parse_field,
};
use hannun_query::{Engine, QueryError};
use hannun_search::Field;
use serde::Serialize;
use std::sync::Arc;
use utoipa::ToSchema;

/// Fields that are counted unless told otherwise.
pub const DEFAULT_FIELDS: &str = "service,operation_name,status,kind,env,version,host,\
    @http.response.status_code,@error.type,@server.address";

/// The values of some fields of spans.
#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct TraceFacets {
    /// In the order in which they were asked for.
    pub facets: Vec<TraceFacet>,
    /// Spans that match.
    pub total: u64,
    /// Null when every span was counted; else how many there are, of which a sample was counted for
    /// names and attributes: their counts are then estimates for all spans.
    pub sampled_from: Option<u64>,
}

#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct TraceFacet {
    pub field: String,
    /// The most frequent first.
    pub values: Vec<TraceFacetValue>,
    /// Whether there are more values.
    pub more: bool,
}

#[derive(Debug, PartialEq, Serialize, ToSchema)]
pub struct TraceFacetValue {
    /// Null counts the spans without the field.
    pub value: Option<String>,
    pub count: u64,
}

/// Fields by their names, which are told again in the answer.
#[derive(Debug, Default)]
pub struct Fields {
    names: Vec<String>,
    fields: Vec<Field>,
}

impl Fields {
    /// Names between commas, each once.
    pub fn parse(names: &str) -> Result<Self, ApiError> {
        let mut parsed = Self::default();
        for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()) {
            let field = parse_field(name)?;
            if !parsed.fields.contains(&field) {
                parsed.fields.push(field);
                parsed.names.push(name.to_owned());
            }
        }
        if parsed.fields.is_empty() || parsed.fields.len() > TRACES_FACETS_MAX {
            let message = format!("fields must name 1 to {TRACES_FACETS_MAX} fields");
            return Err(ApiError::invalid(message));
        }
        Ok(parsed)
    }
}

/// Counts up to `limit` values of each field.
pub async fn facets(
    engine: &Arc<Engine>,
    question: &Question,
    asked: Fields,
    limit: usize,
) -> Result<TraceFacets, QueryError> {
    let condition = question.condition();
    let counted = FacetCount {
        source: Source::Spans,
        condition: &condition,
        weight: "1.0",
        fields: &asked.fields,
        limit,
        rows_max: TRACES_FACET_SPANS_MAX,
    };
    let FacetCounts { fields, total, sampled_from } = count_facets(engine, &counted).await?;
    let facets = asked.names.into_iter().zip(fields).map(|(name, counts)| facet(name, counts));
    Ok(TraceFacets { facets: facets.collect(), total: total.round() as u64, sampled_from })
}

fn facet(field: String, counts: FieldCounts) -> TraceFacet {
    let value = |(value, count): (Option<String>, f64)| TraceFacetValue {
        value,
        count: count.round().max(0.0) as u64,
    };
    let values = counts.values.into_iter().map(value).collect();
    TraceFacet { field, values, more: counts.more }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_kept_once_and_are_not_too_many() {
        assert_eq!(Fields::parse("@a, service,,@a").unwrap().names, ["@a", "service"]);
        assert!(Fields::parse("").is_err() && Fields::parse("@").is_err());
        let many: Vec<String> = (0..=TRACES_FACETS_MAX).map(|n| format!("@k{n}")).collect();
        assert!(Fields::parse(&many.join(",")).is_err());
        assert_eq!(Fields::parse(DEFAULT_FIELDS).unwrap().names.len(), 10);
    }
}
