//! HTTP calls from one service to another, with a client span each.

use crate::network::{Connector, Network};
use crate::telemetry::{Failure, Scope};
use bytes::Bytes;
use http::{HeaderValue, Method, Request};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;
use opentelemetry::KeyValue;
use opentelemetry::trace::SpanKind;
use serde_json::Value;
use std::time::Duration;

/// The port that every service of the shop is said to listen on. Where a name really leads is the
/// network's business, as with service discovery.
pub const SERVICE_PORT: i64 = 8080;
/// The government registry, the one peer that is not the shop's.
pub const REGISTRY: &str = "registry.gov.example";
const REGISTRY_PORT: i64 = 80;
/// Which producer span an event belongs to.
pub const EVENT_TRACEPARENT: &str = "event-traceparent";
/// The number under which the registry files a request.
pub const REGISTRY_REFERENCE: &str = "x-request-reference";
/// The pseudonym of the user on whose behalf a request is made.
pub const USER: &str = "x-shop-user";

#[derive(Debug, Clone)]
pub struct HttpClient {
    client: Client<Connector, Full<Bytes>>,
}

/// A call to make.
#[derive(Debug, Clone)]
pub struct Call {
    pub peer: &'static str,
    pub method: Method,
    /// The path with its variable parts as names, as the callee's route.
    pub template: &'static str,
    pub path: String,
    pub body: Option<Value>,
    pub headers: Vec<(&'static str, String)>,
    pub limit: Option<Duration>,
    /// Time to connect that the limit does not include.
    pub connect: Duration,
    /// How often the same call was made before.
    pub resends: u32,
    /// What the call is about, for its span.
    pub about: Vec<KeyValue>,
}

#[derive(Debug)]
pub struct Reply {
    pub status: u16,
    pub body: Value,
}

impl Call {
    pub fn new(
        peer: &'static str,
        method: Method,
        template: &'static str,
        path: impl Into<String>,
    ) -> Self {
        Self {
            peer,
            method,
            template,
            path: path.into(),
            body: None,
            headers: Vec::new(),
            limit: None,
            connect: Duration::ZERO,
            resends: 0,
            about: Vec::new(),
        }
    }

    pub fn body(self, body: Value) -> Self {
        Self { body: Some(body), ..self }
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    fn port(&self) -> i64 {
        if self.peer == REGISTRY { REGISTRY_PORT } else { SERVICE_PORT }
    }

    fn url(&self) -> String {
        if self.peer == REGISTRY {
            format!("http://{}{}", self.peer, self.path)
        } else {
            format!("http://{}:{SERVICE_PORT}{}", self.peer, self.path)
        }
    }

    fn request(&self) -> Result<Request<Full<Bytes>>, Failure> {
        let body = self.body.as_ref().map(Value::to_string).unwrap_or_default();
        let mut request =
            Request::builder().method(self.method.clone()).uri(self.url()).body(Full::from(body));
        if let Ok(request) = &mut request {
            if self.body.is_some() {
                let json = HeaderValue::from_static("application/json");
                request.headers_mut().insert(http::header::CONTENT_TYPE, json);
            }
            for (name, value) in &self.headers {
                if let Ok(value) = HeaderValue::from_str(value) {
                    request.headers_mut().insert(*name, value);
                }
            }
        }
        request.map_err(|error| Failure::new(500, "http::Error", error.to_string()))
    }
}

impl HttpClient {
    pub fn new(network: Network) -> Self {
        let client = Client::builder(TokioExecutor::new())
            // The idle limit is measured on the wall clock; without it a history is reproducible.
            .pool_idle_timeout(None)
            .build(Connector(network));
        Self { client }
    }

    /// Makes the call within a client span below `scope`. An answer of any status is a reply.
    pub async fn call(&self, scope: &Scope, call: Call) -> Result<Reply, Failure> {
        let mut attributes = vec![
            KeyValue::new("http.request.method", call.method.to_string()),
            KeyValue::new("url.full", call.url()),
            KeyValue::new("url.template", call.template),
            KeyValue::new("server.address", call.peer),
            KeyValue::new("server.port", call.port()),
            KeyValue::new("network.protocol.version", "1.1"),
        ];
        if call.resends > 0 {
            attributes.push(KeyValue::new("http.request.resend_count", i64::from(call.resends)));
        }
        attributes.extend(call.about.iter().cloned());
        let name = format!("{} {}", call.method, call.template);
        let span = scope.span(name, SpanKind::Client, attributes);
        let mut request = call.request()?;
        span.write_headers(request.headers_mut());
        let mut dice = span.dice("network");
        let mut delay = || dice.between(Duration::from_micros(120), Duration::from_micros(450));
        span.clock().simulate(call.connect + delay()).await;
        let outcome = match call.limit {
            None => Some(self.exchange(request).await),
            Some(limit) => span.clock().timeout(limit, self.exchange(request)).await,
        };
        span.clock().simulate(delay()).await;
        match outcome {
            None => {
                let seconds = call.limit.unwrap_or_default().as_secs();
                let message = format!("no answer from {} within {seconds} s", call.peer);
                span.fail("timeout", message.clone());
                Err(Failure::new(504, "timeout", message))
            }
            Some(Err(failure)) => {
                span.fail(failure.class, failure.message.clone());
                Err(failure)
            }
            Some(Ok(reply)) => {
                let status = i64::from(reply.status);
                span.set(KeyValue::new("http.response.status_code", status));
                if reply.status >= 400 {
                    span.fail(reply.status.to_string(), "");
                }
                Ok(reply)
            }
        }
    }

    /// Makes the call without a span, as the customers do.
    pub async fn call_untraced(&self, call: Call) -> Result<Reply, Failure> {
        self.exchange(call.request()?).await
    }

    async fn exchange(&self, request: Request<Full<Bytes>>) -> Result<Reply, Failure> {
        let broken = |error: &dyn std::fmt::Display| {
            Failure::new(502, "connection_error", error.to_string())
        };
        let response = self.client.request(request).await.map_err(|error| broken(&error))?;
        let status = response.status().as_u16();
        let body = response.into_body().collect().await.map_err(|error| broken(&error))?;
        let body = serde_json::from_slice(&body.to_bytes()).unwrap_or(Value::Null);
        Ok(Reply { status, body })
    }
}
