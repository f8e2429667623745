//! What the order service answers to over HTTP.

use super::Orders;
use super::shards::{Item, NewOrder, SHARDS};
use crate::http_client::{Call, USER};
use crate::http_server::traced;
use crate::plan::ORDER_SLOW;
use crate::services::events::{Event, consumer_span};
use crate::telemetry::{Failure, Scope};
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Extension, Json, Router};
use http::{HeaderMap, Method, StatusCode};
use opentelemetry::KeyValue;
use serde::Deserialize;
use serde_json::{Value, json};
use std::time::Duration;

const PAYMENT_RETRY: Duration = Duration::from_millis(200);
/// How often version 1.5.0 fails where it is slow.
const TRACKING_FAILURE_SHARE: f64 = 0.03;

impl Orders {
    pub fn router(&self) -> Router {
        let service = &self.service;
        let rider = "/internal/orders/{no}/rider";
        Router::new()
            .route("/orders", traced(service, "/orders", post(place)))
            .route("/orders/{no}", traced(service, "/orders/{no}", get(status)))
            .route("/internal/orders/{no}", traced(service, "/internal/orders/{no}", get(stored)))
            .route(rider, traced(service, rider, put(set_rider)))
            .route("/events", traced(service, "/events", post(receive)))
            .with_state(self.clone())
    }

    /// Asks payment, a second time when it could not reach the card network.
    async fn pay(&self, scope: &Scope, number: u64, amount: u64) -> Result<(), Failure> {
        for attempt in 1..=2 {
            let mut call = Call::new("payment", Method::POST, "/authorizations", "/authorizations")
                .body(json!({"order": number, "amount": amount, "attempt": attempt}));
            call.resends = attempt - 1;
            let reply = self.service.client.call(scope, call).await?;
            match reply.status {
                200 => return Ok(()),
                402 => {
                    let message = format!("the card for order {number} was declined");
                    return Err(Failure::new(402, "order::PaymentDeclined", message));
                }
                _ if attempt == 1 => {
                    self.service.tally.payment_retried();
                    scope.warn(
                        format!("payment answered {}, trying again", reply.status),
                        vec![KeyValue::new("shop.order.number", number as i64)],
                    );
                    self.service.clock.sleep(PAYMENT_RETRY).await;
                }
                _ => {}
            }
        }
        let message = format!("the payment of order {number} could not be made");
        Err(Failure::new(502, "order::PaymentUnavailable", message))
    }
}

#[derive(Debug, Deserialize)]
struct PlaceOrder {
    restaurant: u64,
    items: Vec<Item>,
}

async fn place(
    State(orders): State<Orders>,
    Extension(scope): Extension<Scope>,
    headers: HeaderMap,
    Json(request): Json<PlaceOrder>,
) -> Result<Response, Failure> {
    let tally = &orders.service.tally;
    let user = headers.get(USER).and_then(|value| value.to_str().ok()).unwrap_or("anonymous");
    let amount = request.items.iter().map(|item| item.quantity * item.price).sum();
    let number = orders.numbers.allocate(orders.service.telemetry.version());
    let attributes = vec![
        KeyValue::new("shop.order.number", number as i64),
        KeyValue::new("shop.order.amount", amount as i64),
        KeyValue::new("shop.currency", "KRW"),
        KeyValue::new("shop.shard", (number % SHARDS) as i64),
        KeyValue::new("shop.restaurant.id", request.restaurant as i64),
    ];
    attributes.iter().cloned().for_each(|attribute| scope.set(attribute));
    if let Err(failure) = orders.pay(&scope, number, amount).await {
        if failure.status == 402 {
            tally.order_declined();
        } else {
            tally.order_failed();
            scope.error(format!("주문 실패 {number}: {}", failure.message), attributes);
        }
        return Err(failure.through());
    }
    let order = NewOrder {
        number,
        user: user.to_owned(),
        restaurant: request.restaurant,
        amount,
        items: request.items,
    };
    orders.shards.insert(&scope, &order).await?;
    orders.relay.announce(number);
    tally.order_accepted(number, orders.shards.name(number), order.restaurant, amount);
    let restaurant = [KeyValue::new("shop.restaurant.id", order.restaurant as i64)];
    let instruments = orders.service.telemetry.instruments();
    instruments.orders.add(1, &restaurant);
    instruments.revenue.add(amount, &restaurant);
    instruments.shard_orders.add(1, &[KeyValue::new("shop.shard", (number % SHARDS) as i64)]);
    scope.info(format!("주문 접수 {number}"), attributes);
    Ok((StatusCode::CREATED, Json(json!({"order": number, "amount": amount}))).into_response())
}

async fn status(
    State(orders): State<Orders>,
    Extension(scope): Extension<Scope>,
    Path(number): Path<u64>,
) -> Result<Json<Value>, Failure> {
    about(&scope, number);
    let mut view = orders.read_model.order(&scope, number).await?;
    if orders.service.telemetry.version() != ORDER_SLOW {
        return Ok(Json(view));
    }
    // Version 1.5.0 shows the lines as well, and reads them the slow way.
    orders.shards.order(&scope, number).await?;
    view["items"] = Value::Array(orders.shards.lines_one_by_one(&scope, number).await?);
    if scope.dice("tracking").chance(TRACKING_FAILURE_SHARE) {
        let message = format!("order {number} has no tracking position");
        let failure = Failure::new(500, "order::TrackingMissing", message);
        let attributes = vec![KeyValue::new("shop.order.number", number as i64)];
        scope.error(failure.message.clone(), attributes);
        return Err(failure);
    }
    Ok(Json(view))
}

async fn stored(
    State(orders): State<Orders>,
    Extension(scope): Extension<Scope>,
    Path(number): Path<u64>,
) -> Result<Json<Value>, Failure> {
    about(&scope, number);
    let order = orders.shards.order(&scope, number).await?;
    Ok(Json(json!({
        "order": number, "restaurant": order.restaurant, "amount": order.amount,
    })))
}

#[derive(Debug, Deserialize)]
struct SetRider {
    rider: u64,
}

async fn set_rider(
    State(orders): State<Orders>,
    Extension(scope): Extension<Scope>,
    Path(number): Path<u64>,
    Json(request): Json<SetRider>,
) -> Result<StatusCode, Failure> {
    about(&scope, number);
    orders.read_model.set_rider(&scope, number, request.rider).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The subscriber that builds the read model: it fetches the order that the event names.
async fn receive(
    State(orders): State<Orders>,
    Extension(scope): Extension<Scope>,
    headers: HeaderMap,
    Json(event): Json<Event>,
) -> Result<StatusCode, Failure> {
    about(&scope, event.order);
    let span = consumer_span(&orders.service, &scope, &headers, &event);
    let order = orders.shards.order(&span, event.order).await?;
    orders.read_model.insert(&span, event.order, &order).await?;
    Ok(StatusCode::ACCEPTED)
}

fn about(scope: &Scope, number: u64) {
    scope.set(KeyValue::new("shop.order.number", number as i64));
    scope.set(KeyValue::new("shop.shard", (number % SHARDS) as i64));
}
