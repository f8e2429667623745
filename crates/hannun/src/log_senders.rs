//! The listeners of log senders that do not speak HTTP: Fluent forward and syslog.

use crate::config::ServeSettings;
use anyhow::{Context, Result};
use hannun_intake::IntakeState;
use hannun_intake::connections::TcpDoor;
use hannun_intake::{fluent, syslog};
use std::io::ErrorKind;
use std::sync::Arc;
use tokio::net::UdpSocket;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Where Fluent forward is listened for when no address is given: its registered port.
const FLUENT_DEFAULT: &str = "127.0.0.1:24224";

/// Listeners that are open.
#[derive(Debug, Default)]
pub struct LogSenders {
    fluent: Option<TcpDoor>,
    syslog_tcp: Option<TcpDoor>,
    syslog_udp: Option<UdpSocket>,
}

impl LogSenders {
    /// Opens those that are not off.
    pub async fn bind(settings: &ServeSettings) -> Result<Self> {
        let mut senders = Self {
            fluent: fluent_door(settings.fluent_listen.as_deref()).await?,
            ..Self::default()
        };
        let told = |address: &str, option: &str| {
            format!("failed to listen on {address}; choose another address with {option}")
        };
        let address = settings.syslog_tcp_listen.as_str();
        if address != "off" {
            let door = TcpDoor::bind(address).await;
            senders.syslog_tcp = Some(door.with_context(|| told(address, "--syslog-tcp-listen"))?);
        }
        let address = settings.syslog_udp_listen.as_str();
        if address != "off" {
            let socket = UdpSocket::bind(address).await;
            senders.syslog_udp =
                Some(socket.with_context(|| told(address, "--syslog-udp-listen"))?);
        }
        Ok(senders)
    }

    /// Addresses in use by the name of their listener.
    pub fn addresses(&self) -> Result<Vec<(&'static str, String)>> {
        let mut addresses = Vec::new();
        if let Some(door) = &self.fluent {
            addresses.push(("fluent", door.address()?.to_string()));
        }
        if let Some(door) = &self.syslog_tcp {
            addresses.push(("syslog_tcp", door.address()?.to_string()));
        }
        if let Some(socket) = &self.syslog_udp {
            addresses.push(("syslog_udp", socket.local_addr()?.to_string()));
        }
        Ok(addresses)
    }

    /// Serves until `stop` turns true. `shared_keys` let Fluent senders in from other machines.
    pub fn serve(
        self,
        intake: &Arc<IntakeState>,
        shared_keys: Vec<String>,
        stop: &watch::Receiver<bool>,
    ) -> Vec<JoinHandle<()>> {
        let mut serving = Vec::new();
        if let Some(door) = self.fluent {
            let options = fluent::FluentOptions { shared_keys };
            serving.push(tokio::spawn(fluent::serve(door, intake.clone(), options, stop.clone())));
        }
        if let Some(door) = self.syslog_tcp {
            serving.push(tokio::spawn(syslog::serve_tcp(door, intake.clone(), stop.clone())));
        }
        if let Some(socket) = self.syslog_udp {
            serving.push(tokio::spawn(syslog::serve_udp(socket, intake.clone(), stop.clone())));
        }
        serving
    }
}

/// The scheme under which the address of a listener is told.
pub fn scheme<'s>(listener: &str, http: &'s str) -> &'s str {
    match listener {
        "fluent" | "syslog_tcp" => "tcp",
        "syslog_udp" | "dogstatsd" => "udp",
        "datadog_socket" | "dogstatsd_socket" => "unix",
        _ => http,
    }
}

/// A Fluent Bit on the same machine often has the default port; then it is left to it.
async fn fluent_door(address: Option<&str>) -> Result<Option<TcpDoor>> {
    match address {
        Some("off") => Ok(None),
        Some(address) => {
            let door = TcpDoor::bind(address).await.with_context(|| {
                format!(
                    "failed to listen on {address}; choose another address with --fluent-listen"
                )
            })?;
            Ok(Some(door))
        }
        None => match TcpDoor::bind(FLUENT_DEFAULT).await {
            Ok(door) => Ok(Some(door)),
            Err(error) if error.kind() == ErrorKind::AddrInUse => {
                tracing::warn!(
                    "{FLUENT_DEFAULT} is in use, so Fluent forward is off; \
                     choose another address with --fluent-listen"
                );
                Ok(None)
            }
            Err(error) => Err(error).context(format!("failed to listen on {FLUENT_DEFAULT}")),
        },
    }
}
