//! What `span_stats` is derived from, as SQL over the columns of `spans`.

macro_rules! of_peer {
    ($part:literal) => {
        concat!(
            $part,
            "(kind, peer_service, server_address, server_port, network_peer_address, url_full, \
             http_request_method, db_system_name, db_namespace, messaging_system, \
             messaging_destination_name, rpc_system, rpc_service)"
        )
    };
}

/// What the span was asked.
pub const ENDPOINT: &str = "span_endpoint(name, kind, http_request_method, http_route, url_path)";
/// How many spans it stands for.
pub const COUNT: &str = "coalesce(adjusted_count, adjusted_count(trace_state))";
/// How many calls a stored span tells of, also when its client counted them itself.
pub const STORED_COUNT: &str = "coalesce(nullif(adjusted_count, 0.0), adjusted_count(trace_state))";
/// What it talked to: `database`, `cache`, `queue`, `external`, or null.
pub const PEER_KIND: &str = of_peer!("peer_kind");
/// Product or protocol of what it talked to.
pub const PEER_SYSTEM: &str = of_peer!("peer_system");
/// Name of what it talked to.
pub const PEER_NAME: &str = of_peer!("peer_name");
