//! TCP listeners of protocols that are not HTTP: a limit of connections, and a graceful end.

use crate::IntakeState;
use crate::body::Arrived;
use crate::budget::Hold;
use crate::door::{self, Decoded, Taken};
use crate::otlp::map::Clock;
use crate::refusal::Refusal;
use hannun_model::limits::{
    LOG_CONNECTIONS_MAX, LOG_CONNECTIONS_PER_PEER_MAX, RETRY_AFTER_SECONDS,
};
use hannun_model::table::Table;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// How long connections may take to end after that was asked for.
const DRAIN_LIMIT: Duration = Duration::from_secs(10);

/// A listener that is open.
#[derive(Debug)]
pub struct TcpDoor {
    socket: TcpListener,
}

impl TcpDoor {
    /// Opens `address`; port 0 takes a free one.
    pub async fn bind(address: &str) -> std::io::Result<Self> {
        Ok(Self { socket: TcpListener::bind(address).await? })
    }

    /// Where it is.
    pub fn address(&self) -> std::io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    /// Runs `serve` on each connection until `stop` turns true. `serve` watches `stop` too.
    pub async fn serve<S, F>(self, mut stop: watch::Receiver<bool>, serve: S)
    where
        S: Fn(TcpStream, SocketAddr, watch::Receiver<bool>) -> F,
        F: Future<Output = ()> + Send + 'static,
    {
        let places = Arc::new(Semaphore::new(LOG_CONNECTIONS_MAX));
        let peers = Peers::default();
        let mut connections = JoinSet::new();
        loop {
            let place = tokio::select! {
                place = places.clone().acquire_owned() => place,
                _ = stop.wait_for(|stop| *stop) => break,
            };
            let Ok(place) = place else { break };
            let accepted = tokio::select! {
                accepted = self.socket.accept() => accepted,
                _ = stop.wait_for(|stop| *stop) => break,
            };
            while connections.try_join_next().is_some() {}
            match accepted {
                Ok((stream, peer)) => {
                    let Some(peer_place) = peers.take(peer.ip().to_canonical()) else {
                        tracing::debug!(%peer, "too many connections of one address");
                        continue;
                    };
                    let _ = stream.set_nodelay(true);
                    let connection = serve(stream, peer, stop.clone());
                    connections.spawn(async move {
                        connection.await;
                        drop((place, peer_place));
                    });
                }
                Err(error) => {
                    // Out of file descriptors, most likely: let some connections end first.
                    tracing::warn!(%error, "failed to accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
        drop(self.socket);
        let ended = async { while connections.join_next().await.is_some() {} };
        if tokio::time::timeout(DRAIN_LIMIT, ended).await.is_err() {
            tracing::warn!("some connections of log senders did not end in time");
        }
    }
}

/// Connections by address.
#[derive(Debug, Default, Clone)]
struct Peers {
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
}

/// The place of one connection among those of its address.
#[derive(Debug)]
struct PeerPlace {
    peers: Peers,
    peer: IpAddr,
}

impl Peers {
    /// A place until it is dropped; `None` when the address has as many as it may.
    fn take(&self, peer: IpAddr) -> Option<PeerPlace> {
        let mut open = self.open.lock();
        let count = open.entry(peer).or_default();
        if *count >= LOG_CONNECTIONS_PER_PEER_MAX {
            return None;
        }
        *count += 1;
        Some(PeerPlace { peers: self.clone(), peer })
    }
}

impl Drop for PeerPlace {
    fn drop(&mut self) {
        let mut open = self.peers.open.lock();
        if let Some(count) = open.get_mut(&self.peer) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.peer);
            }
        }
    }
}

/// Keeps the records of a connection, waiting while the store is busy: not reading on is how a
/// sender without answers is pushed back. `decode` may be asked again.
pub async fn keep<A, F>(
    state: &Arc<IntakeState>,
    route: &str,
    body: bytes::Bytes,
    stop: &mut watch::Receiver<bool>,
    decode: F,
) -> Result<Taken<A>, Refusal>
where
    A: Send + 'static,
    F: Fn(&[u8], &mut Hold, Clock) -> Result<(Decoded, A), Refusal> + Clone + Send + 'static,
{
    let limit_bytes = state.budget.limit_bytes();
    if body.len() > limit_bytes {
        let refusal = Refusal::TooLarge { limit_bytes };
        state.counters.count_refusal(&refusal);
        return Err(refusal);
    }
    loop {
        let taken = match state.budget.hold(body.len()) {
            None => Err(Refusal::OverBudget),
            Some(hold) => {
                let encoding = crate::compression::Encoding::Identity;
                let arrived = Arrived { body: body.clone(), encoding, hold };
                door::take(state, Table::Logs, route, arrived, decode.clone()).await
            }
        };
        let Err(refusal) = taken else { return taken };
        state.counters.count_refusal(&refusal);
        if refusal.retry_after().is_none() || *stop.borrow() {
            return Err(refusal);
        }
        // One last attempt when the end is asked for meanwhile.
        let pause = Duration::from_secs(RETRY_AFTER_SECONDS);
        let _ = tokio::time::timeout(pause, stop.wait_for(|stop| *stop)).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_leaves_room_for_the_others() {
        let peers = Peers::default();
        let [one, other] = [IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2])];
        let mut places: Vec<PeerPlace> = std::iter::from_fn(|| peers.take(one)).collect();
        assert_eq!(places.len(), LOG_CONNECTIONS_PER_PEER_MAX);
        assert!(peers.take(other).is_some());
        places.pop();
        assert!(peers.take(one).is_some());
        places.clear();
        assert!(peers.open.lock().is_empty());
    }
}
