//! The HTTP API of the lens.

use crate::CatalogState;
use crate::catalog::{self, Catalog, Only, Wanted};
use crate::declared::AllDeclared;
use crate::definition::read::{self, CatalogCheck};
use crate::entry::{self, CatalogEntry};
use crate::hygiene::{self, Hygiene, Rule};
use crate::survey::Survey;
use axum::Json;
use axum::extract::rejection::{JsonRejection, PathRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use hannun_api::{ApiError, ErrorAnswer, TimeRange};
use hannun_model::limits::CATALOG_QUERY_BYTES_MAX;
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

/// Routes of the lens, without sign-in.
pub fn routes() -> OpenApiRouter<CatalogState> {
    OpenApiRouter::new()
        .routes(routes!(list_catalog))
        .routes(routes!(get_catalog_entry))
        .routes(routes!(get_hygiene))
        .routes(routes!(check_definitions))
}

type Asked<T> = Result<Query<T>, QueryRejection>;

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct CatalogParameters {
    /// Words that all stand in the name or in what is declared.
    query: Option<String>,
    /// Services that this team owns.
    team: Option<String>,
    /// `all` (the default), `declared`, `undeclared`, or `unseen`: declared and sent nothing.
    only: Option<String>,
}

#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
struct HygieneParameters {
    /// Findings of one rule; of all when not given.
    rule: Option<String>,
    /// Findings that this team mends; of all when not given.
    team: Option<String>,
}

/// A text of service definitions.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct CatalogCheckRequest {
    /// YAML, several documents of it, or JSON.
    text: String,
}

/// Services that are declared or seen
#[utoipa::path(get, path = "/catalog", operation_id = "listCatalog", tag = "catalog",
    params(TimeRange, CatalogParameters),
    responses((status = 200, body = Catalog), (status = 400, body = ErrorAnswer)))]
async fn list_catalog(
    State(state): State<CatalogState>,
    range: Asked<TimeRange>,
    parameters: Asked<CatalogParameters>,
) -> Result<Json<Catalog>, ApiError> {
    let scope = range?.0.scope()?;
    let Query(CatalogParameters { query, team, only }) = parameters?;
    let query = bounded("query", query)?.unwrap_or_default().to_lowercase();
    let words = query.split_whitespace().map(str::to_owned).collect();
    let wanted = Wanted { scope, words, team: bounded("team", team)?, only: only_of(only)? };
    Ok(Json(catalog::catalog(&state, &wanted).await?))
}

/// One service with its definition, findings, neighbours and hosts
#[utoipa::path(get, path = "/catalog/services/{name}", operation_id = "getCatalogEntry",
    tag = "catalog", params(("name" = String, Path), TimeRange),
    responses((status = 200, body = CatalogEntry), (status = 400, body = ErrorAnswer),
        (status = 404, body = ErrorAnswer)))]
async fn get_catalog_entry(
    State(state): State<CatalogState>,
    name: Result<Path<String>, PathRejection>,
    range: Asked<TimeRange>,
) -> Result<Json<CatalogEntry>, ApiError> {
    let Path(name) = name?;
    let scope = range?.0.scope()?;
    let found = entry::entry(&state, &scope, &name).await?;
    found.map(Json).ok_or_else(|| {
        ApiError::not_found(
            "nobody declared this service, and it sent nothing in this time and environment",
        )
    })
}

/// What is wrong with telemetry and definitions, and who mends it; in all environments
#[utoipa::path(get, path = "/catalog/hygiene", operation_id = "getHygiene", tag = "catalog",
    params(TimeRange, HygieneParameters),
    responses((status = 200, body = Hygiene), (status = 400, body = ErrorAnswer)))]
async fn get_hygiene(
    State(state): State<CatalogState>,
    range: Asked<TimeRange>,
    parameters: Asked<HygieneParameters>,
) -> Result<Json<Hygiene>, ApiError> {
    let scope = range?.0.scope()?;
    let Query(HygieneParameters { rule, team }) = parameters?;
    let (rule, team) = (rule_of(rule)?, bounded("team", team)?);
    let declared = AllDeclared::read(&state.ledger).await?;
    let survey = Survey::take(&state.engine, &scope).await?;
    Ok(Json(hygiene::hygiene(&survey, &declared, rule, team.as_deref())))
}

/// Check service definitions before they are kept
#[utoipa::path(post, path = "/catalog/check", operation_id = "checkDefinitions", tag = "catalog",
    request_body = CatalogCheckRequest,
    responses((status = 200, body = CatalogCheck), (status = 400, body = ErrorAnswer)))]
async fn check_definitions(
    request: Result<Json<CatalogCheckRequest>, JsonRejection>,
) -> Result<Json<CatalogCheck>, ApiError> {
    let Json(CatalogCheckRequest { text }) = request?;
    Ok(Json(read::check(&text)))
}

/// A text that says something, and not too much.
fn bounded(name: &str, text: Option<String>) -> Result<Option<String>, ApiError> {
    match text.filter(|text| !text.is_empty()) {
        Some(text) if text.len() > CATALOG_QUERY_BYTES_MAX => {
            let message = format!("{name} has at most {CATALOG_QUERY_BYTES_MAX} bytes");
            Err(ApiError::invalid(message))
        }
        text => Ok(text),
    }
}

fn only_of(name: Option<String>) -> Result<Only, ApiError> {
    match name.as_deref() {
        None | Some("" | "all") => Ok(Only::All),
        Some("declared") => Ok(Only::Declared),
        Some("undeclared") => Ok(Only::Undeclared),
        Some("unseen") => Ok(Only::Unseen),
        Some(_) => Err(ApiError::invalid("only must be all, declared, undeclared or unseen")),
    }
}

fn rule_of(name: Option<String>) -> Result<Option<Rule>, ApiError> {
    let Some(name) = name.filter(|name| !name.is_empty()) else { return Ok(None) };
    let names = Rule::ALL.map(|rule| serde_json::to_value(rule).unwrap_or_default());
    let found = names.iter().position(|known| known == name.as_str());
    let message = || {
        let names: Vec<&str> = names.iter().filter_map(serde_json::Value::as_str).collect();
        ApiError::invalid(format!("rule must be one of {}", names.join(", ")))
    };
    found.map(|index| Some(Rule::ALL[index])).ok_or_else(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_asked_for_by_their_names() {
        let of = |name: &str| rule_of(Some(name.to_owned()));
        assert_eq!(of("host_environment_mixed").unwrap(), Some(Rule::HostEnvironmentMixed));
        assert_eq!(of("").unwrap(), None);
        let message = of("colour").unwrap_err().body.error.message.clone();
        assert!(message.starts_with("rule must be one of environment_missing, environment_none,"));
        assert!(message.ends_with("host_environment_mixed"), "{message}");
    }
}
