//! The edge: what the apps of customers call. It has no state and passes on to the services.

use super::Service;
use crate::http_client::{Call, Reply, USER};
use crate::http_server::traced;
use crate::telemetry::{Failure, Scope};
use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use http::{HeaderMap, Method, StatusCode};
use opentelemetry::KeyValue;
use serde::Deserialize;
use serde_json::Value;

pub fn router(service: Service) -> Router {
    Router::new()
        .route("/menu", traced(&service, "/menu", get(menu)))
        .route("/orders", traced(&service, "/orders", post(place_order)))
        .route("/orders/{no}", traced(&service, "/orders/{no}", get(order)))
        .route("/recommendations", traced(&service, "/recommendations", get(recommendations)))
        .route("/clicks", traced(&service, "/clicks", post(click)))
        .with_state(service)
}

#[derive(Debug, Deserialize)]
struct MenuQuery {
    restaurant: u64,
}

async fn menu(
    State(service): State<Service>,
    Extension(scope): Extension<Scope>,
    headers: HeaderMap,
    Query(query): Query<MenuQuery>,
) -> Result<Response, Failure> {
    scope.set(KeyValue::new("shop.restaurant.id", query.restaurant as i64));
    let path = format!("/menu?restaurant={}", query.restaurant);
    let call = Call::new("catalogue", Method::GET, "/menu", path);
    pass_on(&service, &scope, &headers, call).await
}

async fn place_order(
    State(service): State<Service>,
    Extension(scope): Extension<Scope>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Response, Failure> {
    if let Some(restaurant) = body["restaurant"].as_i64() {
        scope.set(KeyValue::new("shop.restaurant.id", restaurant));
    }
    let call = Call::new("order", Method::POST, "/orders", "/orders").body(body);
    let reply = send(&service, &scope, &headers, call).await?;
    if let Some(number) = reply.body["order"].as_i64() {
        scope.set(KeyValue::new("shop.order.number", number));
    }
    answer(reply)
}

async fn order(
    State(service): State<Service>,
    Extension(scope): Extension<Scope>,
    headers: HeaderMap,
    Path(number): Path<u64>,
) -> Result<Response, Failure> {
    scope.set(KeyValue::new("shop.order.number", number as i64));
    let call = Call::new("order", Method::GET, "/orders/{no}", format!("/orders/{number}"));
    pass_on(&service, &scope, &headers, call).await
}

async fn recommendations(
    State(service): State<Service>,
    Extension(scope): Extension<Scope>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let call = Call::new("recommendation", Method::GET, "/recommendations", "/recommendations");
    pass_on(&service, &scope, &headers, call).await
}

async fn click(
    State(service): State<Service>,
    Extension(scope): Extension<Scope>,
    headers: HeaderMap,
    Json(body): Json<Value>,
) -> Result<Response, Failure> {
    let call = Call::new("recommendation", Method::POST, "/clicks", "/clicks").body(body);
    pass_on(&service, &scope, &headers, call).await
}

async fn pass_on(
    service: &Service,
    scope: &Scope,
    headers: &HeaderMap,
    call: Call,
) -> Result<Response, Failure> {
    answer(send(service, scope, headers, call).await?)
}

async fn send(
    service: &Service,
    scope: &Scope,
    headers: &HeaderMap,
    call: Call,
) -> Result<Reply, Failure> {
    let user = headers.get(USER).and_then(|value| value.to_str().ok()).unwrap_or("anonymous");
    let peer = call.peer;
    let reply = service.client.call(scope, call.header(USER, user)).await?;
    if reply.status >= 500 {
        let reason = reply.body["error"].as_str().unwrap_or("unknown");
        let message = format!("{peer} answered {} ({reason})", reply.status);
        scope.error(format!("upstream failed: {message}"), Vec::new());
        return Err(Failure::new(502, "gateway::UpstreamFailed", message));
    }
    Ok(reply)
}

fn answer(reply: Reply) -> Result<Response, Failure> {
    let status = StatusCode::from_u16(reply.status)
        .map_err(|error| Failure::new(502, "gateway::UpstreamFailed", error.to_string()))?;
    Ok((status, Json(reply.body)).into_response())
}
