//! Settings of the listeners for Datadog's agents and SDKs.

use super::parse_within;
use clap::Args;
use hannun_search::cidr::Network;
use std::path::PathBuf;

#[derive(Debug, Clone, Args)]
pub struct DatadogSettings {
    /// Datadog's tracers, agents and API clients over HTTP; 127.0.0.1:8126 when not given and free.
    #[arg(long, env = "HANNUN_DATADOG_LISTEN", value_name = "ADDRESS")]
    pub datadog_listen: Option<String>,
    /// The same over a Unix socket, such as /var/run/datadog/apm.socket.
    #[arg(long, env = "HANNUN_DATADOG_SOCKET", value_name = "FILE")]
    pub datadog_socket: Option<PathBuf>,
    /// DogStatsD over UDP; 127.0.0.1:8125 when not given and free.
    #[arg(long, env = "HANNUN_DOGSTATSD_LISTEN", value_name = "ADDRESS")]
    pub dogstatsd_listen: Option<String>,
    /// DogStatsD over a Unix datagram socket, such as /var/run/datadog/dsd.socket.
    #[arg(long, env = "HANNUN_DOGSTATSD_SOCKET", value_name = "FILE")]
    pub dogstatsd_socket: Option<PathBuf>,
    /// Networks whose Datadog senders need no key of ours, such as 10.0.0.0/8: a tracer cannot be
    /// told one. This machine needs none anyway.
    #[arg(
        long,
        env = "HANNUN_DATADOG_ALLOW",
        value_parser = parse_network,
        value_delimiter = ',',
        value_name = "NETWORK"
    )]
    pub datadog_allow: Vec<Network>,
    /// Traces a second that Datadog's tracers are asked to keep to, over all services; 0 keeps all.
    /// Requests that are not kept are counted all the same.
    #[arg(
        long,
        env = "HANNUN_DATADOG_TRACES_PER_SECOND",
        default_value_t = 0.0,
        value_parser = parse_budget,
        value_name = "N"
    )]
    pub datadog_traces_per_second: f64,
}

fn parse_network(text: &str) -> Result<Network, String> {
    text.parse().map_err(|error| format!("{error}"))
}

fn parse_budget(text: &str) -> Result<f64, String> {
    parse_within(text, 0.0, 1e9)
}
