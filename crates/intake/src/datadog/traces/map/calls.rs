//! What a span asked for, and of whom.

use super::Target;
use super::describe::{Described, Kind};
use super::row::Row;
use super::tag::{Known, KnownNumber, KnownNumbers};
use hannun_model::table::spans;

impl<'a> Row<'_, 'a> {
    pub(super) fn fill_http(
        &mut self,
        described: &Described<'a>,
        kind: Kind,
        numbers: &KnownNumbers,
        is_counted_elsewhere: bool,
    ) {
        self.target.set_text(spans::HTTP_REQUEST_METHOD, described.http_method);
        self.target.set_text(spans::HTTP_ROUTE, described.http_route);
        let status = self.text(Known::HttpStatus);
        self.set_number(
            spans::HTTP_RESPONSE_STATUS_CODE,
            "http.status_code",
            status,
            numbers.get(KnownNumber::HttpStatus),
        );
        let url = self.text(Known::HttpUrl);
        self.target.set_text(spans::URL_FULL, url);
        // Statistics of clients know requests without a route by their method only.
        let has_endpoint = !described.http_route.is_empty() || !is_counted_elsewhere;
        if kind == Kind::Server && has_endpoint {
            self.target.set_text(spans::URL_PATH, self.text(Known::UrlPath));
            self.target.set_text(spans::URL_PATH, path_of(url));
        }
    }

    pub(super) fn fill_calls(
        &mut self,
        described: &Described<'a>,
        kind: Kind,
        numbers: &KnownNumbers,
        is_counted_elsewhere: bool,
    ) {
        for (column, text) in [
            (spans::SERVER_ADDRESS, described.host),
            (spans::DB_NAMESPACE, described.db_name),
            (spans::PEER_SERVICE, described.peer_service),
            (spans::MESSAGING_SYSTEM, described.messaging_system),
            (spans::MESSAGING_DESTINATION_NAME, described.messaging_destination),
            (spans::RPC_SYSTEM, described.remote_calls()),
            (spans::RPC_SERVICE, described.rpc_service),
            (spans::RPC_METHOD, described.rpc_method),
        ] {
            let Target { rows, shared, bytes, .. } = &mut *self.target;
            *bytes += shared.set(rows, column, text);
        }
        let is_call = kind == Kind::Client && !described.http_method.is_empty();
        let (host, port) = if is_call { host_of(self.text(Known::HttpUrl)) } else { ("", "") };
        self.target.set_text(spans::SERVER_ADDRESS, host);
        // Statistics of clients know no ports, and a peer has one name.
        let column =
            if is_counted_elsewhere { spans::NETWORK_PEER_PORT } else { spans::SERVER_PORT };
        let told = self.text(Known::Port);
        let is_told = !told.is_empty() || numbers.get(KnownNumber::Port).is_some();
        let told = if is_told { told } else { port };
        let key = "network.destination.port";
        self.set_number(column, key, told, numbers.get(KnownNumber::Port));
        let grpc = self.text(Known::GrpcStatus);
        self.set_number(
            spans::RPC_GRPC_STATUS_CODE,
            "rpc.grpc.status_code",
            grpc,
            numbers.get(KnownNumber::GrpcStatus),
        );
    }
}

fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').map_or("", |at| &rest[at..]);
    path.split(['?', '#']).next().unwrap_or_default()
}

/// Host and port of a URL, without who signs in.
fn host_of(url: &str) -> (&str, &str) {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    match host.rsplit_once(':') {
        Some((host, port)) if !host.ends_with(':') && !port.ends_with(']') => (host, port),
        _ => (host, ""),
    }
}
