//! Assigns a rider to every accepted order, after asking the government registry whether the
//! rider's licence and insurance are valid.

use super::Service;
use super::events::{Event, consumer_span};
use crate::ShopError;
use crate::database::{Bind, Database, Profile, Statement};
use crate::http_client::{Call, REGISTRY, REGISTRY_REFERENCE, Reply};
use crate::http_server::traced;
use crate::telemetry::{Failure, OpenSpan, Scope};
use axum::extract::State;
use axum::routing::post;
use axum::{Extension, Json, Router};
use http::{HeaderMap, Method, StatusCode};
use opentelemetry::KeyValue;
use serde_json::json;
use sqlx::Row;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const RIDERS: u64 = 40;
/// How long the first and the second call to the registry may take.
const LIMITS: [Duration; 2] = [Duration::from_secs(10), Duration::from_secs(30)];
const PAUSE: Duration = Duration::from_millis(500);
/// A call that timed out has closed its connection. The next one first connects again over a far
/// network, and the limit of the second call begins only then.
const RECONNECT: Duration = Duration::from_millis(650);
/// A call that took longer is worth a warning even when it succeeded.
const SLOW: Duration = Duration::from_secs(1);

const SCHEMA: &[&str] = &[
    "CREATE TABLE IF NOT EXISTS riders (id INTEGER PRIMARY KEY, licence TEXT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS assignments (order_no INTEGER PRIMARY KEY, \
     rider_id INTEGER NOT NULL)",
];
const FILL: &str = "INSERT OR IGNORE INTO riders (id, licence) VALUES (?, ?)";
const SELECT_RIDER: Statement = Statement {
    operation: "SELECT",
    collection: "riders",
    sql: "SELECT licence FROM riders WHERE id = ?",
    typical_micros: 2_500,
};
const INSERT_ASSIGNMENT: Statement = Statement {
    operation: "INSERT",
    collection: "assignments",
    sql: "INSERT OR REPLACE INTO assignments (order_no, rider_id) VALUES (?, ?)",
    typical_micros: 3_000,
};

#[derive(Debug, Clone)]
pub struct Dispatch {
    service: Service,
    database: Arc<Database>,
}

impl Dispatch {
    pub async fn open(service: Service, folder: &Path) -> Result<Self, ShopError> {
        let profile = Profile { writes_per_minute: 600.0 };
        let database = Database::open(folder, "dispatch", SCHEMA, &service.clock, profile).await?;
        for rider in 1..=RIDERS {
            let binds = [Bind::Int(rider), Bind::Text(format!("11-{:06}", rider * 7919))];
            let filled = database.upkeep(FILL, &binds).await;
            filled.map_err(|failure| ShopError::Options(failure.message))?;
        }
        Ok(Self { service, database: Arc::new(database) })
    }

    pub fn router(&self) -> Router {
        Router::new()
            .route("/events", traced(&self.service, "/events", post(receive)))
            .with_state(self.clone())
    }

    async fn assign(&self, span: &OpenSpan, order: u64) {
        match self.try_to_assign(span, order).await {
            Ok(rider) => {
                let attributes = vec![
                    KeyValue::new("shop.order.number", order as i64),
                    KeyValue::new("shop.rider.id", rider as i64),
                ];
                span.info(format!("배차 완료 {order}"), attributes);
            }
            Err(failure) => {
                span.record(&failure);
                self.service.tally.error(failure.class);
                let attributes = vec![
                    KeyValue::new("shop.order.number", order as i64),
                    KeyValue::new("error.type", failure.class),
                ];
                span.error(format!("배차 실패 {order}: {}", failure.message), attributes);
            }
        }
    }

    async fn try_to_assign(&self, scope: &Scope, order: u64) -> Result<u64, Failure> {
        let path = format!("/internal/orders/{order}");
        let call = Call::new("order", Method::GET, "/internal/orders/{no}", path);
        let reply = self.service.client.call(scope, call).await?;
        expect_success("order", &reply)?;
        let rider = scope.dice("rider").below(RIDERS) + 1;
        let rows = self.database.query(scope, &SELECT_RIDER, &[Bind::Int(rider)]).await?;
        let licence: String = rows.first().map(|row| row.get(0)).unwrap_or_default();
        self.verify(scope, order, &licence).await.map_err(Failure::through)?;
        let binds = [Bind::Int(order), Bind::Int(rider)];
        self.database.query(scope, &INSERT_ASSIGNMENT, &binds).await?;
        let path = format!("/internal/orders/{order}/rider");
        let call = Call::new("order", Method::PUT, "/internal/orders/{no}/rider", path)
            .body(json!({"rider": rider}));
        let reply = self.service.client.call(scope, call).await?;
        expect_success("order", &reply)?;
        Ok(rider)
    }

    /// Asks the registry, a second time and more patiently when it did not answer.
    async fn verify(&self, scope: &Scope, order: u64, licence: &str) -> Result<(), Failure> {
        let clock = &self.service.clock;
        for (attempt, limit) in LIMITS.into_iter().enumerate() {
            let reconnect = if attempt == 0 { Duration::ZERO } else { RECONNECT };
            if attempt > 0 {
                clock.sleep(PAUSE).await;
            }
            let mut call = Call::new(
                REGISTRY,
                Method::GET,
                "/v1/licences/{licence}",
                format!("/v1/licences/{licence}"),
            )
            .header(REGISTRY_REFERENCE, format!("shop-{order}"));
            call.limit = Some(limit);
            call.connect = reconnect;
            call.resends = attempt as u32;
            call.about = vec![KeyValue::new("shop.order.number", order as i64)];
            let began = clock.now();
            let outcome = self.service.client.call(scope, call).await;
            let took = clock.now().duration_since(began).unwrap_or_default();
            let timed_out = matches!(&outcome, Err(failure) if failure.class == "timeout");
            self.service.tally.registry_call(order, took, timed_out);
            if timed_out || took > SLOW {
                let seconds = took.as_secs_f64();
                scope.warn(
                    format!(
                        "slow registry: {seconds:.1} s for order {order}, attempt {}",
                        attempt + 1
                    ),
                    vec![
                        KeyValue::new("shop.order.number", order as i64),
                        KeyValue::new("server.address", REGISTRY),
                    ],
                );
            }
            if timed_out {
                continue;
            }
            return expect_success(REGISTRY, &outcome?);
        }
        self.service.tally.registry_gave_up(order);
        let message = format!("the registry did not confirm licence {licence}");
        Err(Failure::new(504, "dispatch::RegistryTimeout", message))
    }
}

#[track_caller]
fn expect_success(peer: &str, reply: &Reply) -> Result<(), Failure> {
    if reply.status < 300 {
        return Ok(());
    }
    let message = format!("{peer} answered {}", reply.status);
    Err(Failure::new(502, "dispatch::UpstreamFailed", message))
}

/// Accepts the event at once and works on it afterwards: the relay must not wait for the registry.
async fn receive(
    State(dispatch): State<Dispatch>,
    Extension(scope): Extension<Scope>,
    headers: HeaderMap,
    Json(event): Json<Event>,
) -> StatusCode {
    scope.set(KeyValue::new("shop.order.number", event.order as i64));
    let span = consumer_span(&dispatch.service, &scope, &headers, &event);
    let busy = dispatch.service.busy.enter();
    tokio::spawn(async move {
        dispatch.assign(&span, event.order).await;
        drop((span, busy));
    });
    StatusCode::ACCEPTED
}
