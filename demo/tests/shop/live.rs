//! The shop on the wall clock, on sockets, with the exporters of the SDK.

use crate::played::options;
use crate::receiver::Server;
use hannun_demo::{Scenario, live};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;

/// Enough customers that some come at once.
const RATE: f64 = 200.0;

#[test]
fn a_live_shop_exports_what_its_customers_do() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let server = Server { is_patient: true, ..Server::default() };
    let folder = tempfile::tempdir().unwrap();
    let mut shop = options(Scenario::Calm, &folder);
    shop.otlp_grpc_endpoint = server.start(&runtime);
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let until_seen = async {
        loop {
            server.news.notified().await;
            let received = server.received.lock().unwrap();
            if received.spans_of("gateway", SpanKind::Server, "GET /menu").next().is_some() {
                stop.send_replace(true);
                return;
            }
        }
    };
    let (truth, ()) =
        runtime.block_on(async { tokio::join!(live(&shop, RATE, stopped), until_seen) });
    let truth = truth.unwrap();
    let received = server.received.lock().unwrap();
    assert_eq!(received.spans.len() as u64, truth.spans.values().sum::<u64>());
    let menus = received.spans_of("gateway", SpanKind::Server, "GET /menu").count() as u64;
    assert_eq!(Some(&menus), truth.requests["gateway"].get("GET /menu"));
    let names = received.points.iter().map(|point| point.name.as_str());
    assert!(names.into_iter().any(|name| name == "http.server.request.duration"));
}
