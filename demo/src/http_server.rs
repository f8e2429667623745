//! How the services answer HTTP, with a server span and a measurement per request.

use crate::http_client::{SERVICE_PORT, USER};
use crate::network::Doorway;
use crate::services::Service;
use crate::telemetry::{Failure, Scope};
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::MethodRouter;
use axum::{Json, Router};
use hyper::body::Body as _;
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use opentelemetry::KeyValue;
use opentelemetry::trace::SpanKind;
use serde_json::json;
use std::time::Duration;

/// Serves `router` until the network ends.
pub async fn serve(mut doorway: Doorway, router: Router) {
    while let Ok(wire) = doorway.accept().await {
        let service = TowerToHyperService::new(router.clone());
        tokio::spawn(async move {
            let connection = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(wire), service);
            if let Err(error) = connection.await {
                // A caller that ran out of patience closes its connection.
                tracing::trace!(%error, "a connection of the shop ended early");
            }
        });
    }
}

#[derive(Debug, Clone)]
struct Endpoint {
    service: Service,
    route: &'static str,
}

/// `handler` at `route`, in a server span. The handler finds its [`Scope`] as an extension.
pub fn traced<S>(
    service: &Service,
    route: &'static str,
    handler: MethodRouter<S>,
) -> MethodRouter<S>
where
    S: Clone + Send + Sync + 'static,
{
    let endpoint = Endpoint { service: service.clone(), route };
    handler.layer(from_fn_with_state(endpoint, answer))
}

async fn answer(State(endpoint): State<Endpoint>, mut request: Request, next: Next) -> Response {
    let Endpoint { service, route } = endpoint;
    let _busy = service.busy.enter();
    let began = service.clock.now();
    let method = request.method().to_string();
    let name = format!("{method} {route}");
    let scope = service.telemetry.root().continued(request.headers());
    let span = scope.span(name.clone(), SpanKind::Server, attributes(&service, route, &request));
    request.extensions_mut().insert::<Scope>((*span).clone());
    let mut dice = span.dice("work");
    let work = dice.around(Duration::from_micros(300));
    service.clock.simulate(work).await;
    let response = next.run(request).await;
    let status = response.status().as_u16();
    span.set(KeyValue::new("http.response.status_code", i64::from(status)));
    if let Some(bytes) = response.body().size_hint().exact() {
        span.set(KeyValue::new("http.response.body.size", bytes as i64));
    }
    let mut measured = vec![
        KeyValue::new("http.request.method", method),
        KeyValue::new("http.route", route),
        KeyValue::new("url.scheme", "http"),
        KeyValue::new("http.response.status_code", i64::from(status)),
    ];
    if let Some(failure) = response.extensions().get::<Failure>()
        && status >= 500
    {
        span.record(failure);
        service.tally.error(failure.class);
        measured.push(KeyValue::new("error.type", failure.class));
    }
    let took = service.clock.now().duration_since(began).unwrap_or_default();
    service.telemetry.instruments().request_duration.record(took.as_secs_f64(), &measured);
    service.tally.request(service.name, &name, began);
    response
}

fn attributes(service: &Service, route: &'static str, request: &Request) -> Vec<KeyValue> {
    let header = |name: &str| {
        request.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
    };
    let mut attributes = vec![
        KeyValue::new("http.request.method", request.method().to_string()),
        KeyValue::new("http.route", route),
        KeyValue::new("url.path", request.uri().path().to_owned()),
        KeyValue::new("url.scheme", "http"),
        KeyValue::new("server.address", service.name),
        KeyValue::new("server.port", SERVICE_PORT),
        KeyValue::new("network.protocol.version", "1.1"),
    ];
    if let Some(query) = request.uri().query() {
        attributes.push(KeyValue::new("url.query", query.to_owned()));
    }
    if let Some(agent) = header("user-agent") {
        attributes.push(KeyValue::new("user_agent.original", agent));
    }
    if let Some(user) = header(USER) {
        attributes.push(KeyValue::new("enduser.pseudo.id", user));
    }
    attributes
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = http::StatusCode::from_u16(self.status)
            .unwrap_or(http::StatusCode::INTERNAL_SERVER_ERROR);
        let body = Json(json!({"error": self.class, "message": self.message}));
        let mut response = (status, body).into_response();
        response.extensions_mut().insert(self);
        response
    }
}
