//! Authorises payments at a simulated card network. Some cards are declined, which is business and
//! no error; now and then the network cannot be reached.

use super::Service;
use crate::ShopError;
use crate::database::{Bind, Database, Profile, Statement};
use crate::http_server::traced;
use crate::telemetry::{Failure, Scope};
use axum::extract::State;
use axum::routing::post;
use axum::{Extension, Json, Router};
use opentelemetry::KeyValue;
use opentelemetry::trace::SpanKind;
use serde::Deserialize;
use serde_json::{Value, json};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const DECLINED_SHARE: f64 = 0.025;
const UNREACHABLE_SHARE: f64 = 0.012;
/// A network that just did not answer often does not at the second attempt.
const UNREACHABLE_AGAIN_SHARE: f64 = 0.15;
const AUTHORISATION: Duration = Duration::from_millis(70);
/// How long the service tries to reach a card network that does not answer.
const UNREACHABLE: Duration = Duration::from_millis(450);

const SCHEMA: &[&str] = &["CREATE TABLE IF NOT EXISTS payments (order_no INTEGER PRIMARY KEY, \
     amount INTEGER NOT NULL, outcome TEXT NOT NULL)"];
const INSERT_PAYMENT: Statement = Statement {
    operation: "INSERT",
    collection: "payments",
    sql: "INSERT OR REPLACE INTO payments (order_no, amount, outcome) VALUES (?, ?, ?)",
    typical_micros: 3_500,
};

#[derive(Debug, Clone)]
pub struct Payment {
    service: Service,
    database: Arc<Database>,
}

#[derive(Debug, Deserialize)]
struct Authorisation {
    order: u64,
    amount: u64,
    attempt: u64,
}

impl Payment {
    pub async fn open(service: Service, folder: &Path) -> Result<Self, ShopError> {
        let profile = Profile { writes_per_minute: 600.0 };
        let database = Database::open(folder, "payment", SCHEMA, &service.clock, profile).await?;
        Ok(Self { service, database: Arc::new(database) })
    }

    pub fn router(&self) -> Router {
        Router::new()
            .route("/authorizations", traced(&self.service, "/authorizations", post(authorise)))
            .with_state(self.clone())
    }
}

async fn authorise(
    State(payment): State<Payment>,
    Extension(scope): Extension<Scope>,
    Json(request): Json<Authorisation>,
) -> Result<Json<Value>, Failure> {
    let number = KeyValue::new("shop.order.number", request.order as i64);
    scope.set(number.clone());
    scope.set(KeyValue::new("shop.order.amount", request.amount as i64));
    scope.set(KeyValue::new("shop.currency", "KRW"));
    let mut dice = scope.dice("card network");
    let share = if request.attempt > 1 { UNREACHABLE_AGAIN_SHARE } else { UNREACHABLE_SHARE };
    let is_unreachable = dice.chance(share);
    let span = scope.span("authorise card", SpanKind::Internal, vec![number.clone()]);
    if is_unreachable {
        payment.service.clock.simulate(dice.around(UNREACHABLE)).await;
        let message = format!("the card network did not answer (attempt {})", request.attempt);
        let failure = Failure::new(503, "payment::CardNetworkUnreachable", message);
        span.fail(failure.class, failure.message.clone());
        scope.warn(failure.message.clone(), vec![number]);
        return Err(failure.through());
    }
    payment.service.clock.simulate(dice.around(AUTHORISATION)).await;
    drop(span);
    let outcome = if dice.chance(DECLINED_SHARE) { "declined" } else { "authorised" };
    let binds = [Bind::Int(request.order), Bind::Int(request.amount), Bind::from(outcome)];
    payment.database.query(&scope, &INSERT_PAYMENT, &binds).await?;
    scope.set(KeyValue::new("shop.payment.outcome", outcome));
    if outcome == "declined" {
        scope.warn(format!("카드 승인 거절 {}", request.order), vec![number]);
        return Err(Failure::new(402, "payment::CardDeclined", "the card was declined"));
    }
    Ok(Json(json!({"order": request.order, "outcome": outcome})))
}
