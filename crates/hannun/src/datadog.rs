//! The listeners of Datadog's agents and SDKs.

use crate::config::ServeSettings;
use anyhow::{Context, Result, bail};
use axum::Router;
use hannun_intake::IntakeState;
use hannun_intake::datadog::dogstatsd::DogStatsD;
use hannun_intake::datadog::traces::sampling::Sampler;
use hannun_intake::datadog::{DatadogState, RemoteConfig};
use hannun_model::limits::DATADOG_ALLOWED_NETWORKS_MAX;
use hannun_server::listener::Listener;
use hannun_server::tls::Tls;
use std::io::ErrorKind;
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Where tracers look for an agent when nobody tells them otherwise.
const AGENT_DEFAULT: &str = "127.0.0.1:8126";
/// Where statsd clients look.
const DOGSTATSD_DEFAULT: &str = "127.0.0.1:8125";

/// What the listeners share, by the settings.
pub fn state(
    settings: &ServeSettings,
    intake: Arc<IntakeState>,
    remote_config: Arc<dyn RemoteConfig>,
) -> Result<Arc<DatadogState>> {
    let allowed = settings.datadog.datadog_allow.clone();
    if allowed.len() > DATADOG_ALLOWED_NETWORKS_MAX {
        bail!("--datadog-allow takes at most {DATADOG_ALLOWED_NETWORKS_MAX} networks");
    }
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    Ok(Arc::new(DatadogState {
        sampler: Sampler::new(settings.datadog.datadog_traces_per_second),
        remote_config,
        host_name: (!name.is_empty()).then_some(name),
        allowed,
        ..DatadogState::new(intake)
    }))
}

/// Listeners that are open.
#[derive(Debug)]
pub struct DatadogDoors {
    agent: Option<Listener>,
    socket: Option<Listener>,
    dogstatsd: DogStatsD,
}

impl DatadogDoors {
    /// Opens those that are not off.
    pub async fn bind(settings: &ServeSettings, tls: Option<Arc<Tls>>) -> Result<Self> {
        let told = &settings.datadog;
        let agent = match asked(told.datadog_listen.as_deref(), AGENT_DEFAULT) {
            None => None,
            Some((address, was_asked)) => {
                let opened = Listener::bind(address, tls).await;
                unless_busy(opened, address, was_asked, "--datadog-listen")?
            }
        };
        let socket = match &told.datadog_socket {
            None => None,
            Some(path) => Some(Listener::bind_unix(path).await.with_context(|| {
                format!("failed to listen on {}; see --datadog-socket", path.display())
            })?),
        };
        let mut dogstatsd = DogStatsD::default();
        if let Some((address, was_asked)) =
            asked(told.dogstatsd_listen.as_deref(), DOGSTATSD_DEFAULT)
        {
            unless_busy(dogstatsd.bind_udp(address), address, was_asked, "--dogstatsd-listen")?;
        }
        if let Some(path) = &told.dogstatsd_socket {
            dogstatsd.bind_unix(path).with_context(|| {
                format!("failed to listen on {}; see --dogstatsd-socket", path.display())
            })?;
        }
        Ok(Self { agent, socket, dogstatsd })
    }

    /// Addresses in use by the name of their listener.
    pub fn addresses(&self) -> Result<Vec<(&'static str, String)>> {
        let mut addresses = Vec::new();
        if let Some(listener) = &self.agent {
            addresses.push(("datadog", listener.address()?));
        }
        if let Some(listener) = &self.socket {
            addresses.push(("datadog_socket", listener.address()?));
        }
        if let Some(address) = self.dogstatsd.udp_address()? {
            addresses.push(("dogstatsd", address.to_string()));
        }
        if let Some(path) = self.dogstatsd.unix_path() {
            addresses.push(("dogstatsd_socket", path.display().to_string()));
        }
        Ok(addresses)
    }

    /// Serves until `stop` turns true.
    pub fn serve(
        self,
        state: &Arc<DatadogState>,
        stop: &watch::Receiver<bool>,
    ) -> Vec<JoinHandle<()>> {
        let router: Router = hannun_intake::datadog::router(state.clone());
        let mut serving: Vec<_> = [self.agent, self.socket]
            .into_iter()
            .flatten()
            .map(|listener| tokio::spawn(listener.serve(router.clone(), stop.clone())))
            .collect();
        serving.extend(self.dogstatsd.serve(state, stop));
        serving
    }
}

/// The address to listen on, and whether somebody asked for it; `None` when it is off.
fn asked<'a>(address: Option<&'a str>, default: &'a str) -> Option<(&'a str, bool)> {
    match address {
        Some("off") => None,
        Some(address) => Some((address, true)),
        None => Some((default, false)),
    }
}

/// An agent of Datadog on the same machine has the usual ports; nobody asked to take them from it.
fn unless_busy<T>(
    opened: std::io::Result<T>,
    address: &str,
    was_asked: bool,
    option: &str,
) -> Result<Option<T>> {
    match opened {
        Ok(opened) => Ok(Some(opened)),
        Err(error) if error.kind() == ErrorKind::AddrInUse && !was_asked => {
            tracing::warn!(
                "{address} is in use, so nothing listens there for Datadog's senders; \
                 choose another address with {option}"
            );
            Ok(None)
        }
        Err(error) => Err(error).context(format!(
            "failed to listen on {address}; choose another address with {option}"
        )),
    }
}
