//! Datagrams and connections.

use super::map::map;
use super::wire::{Framer, is_http, push_waiting};
use crate::IntakeState;
use crate::connections::{TcpDoor, keep};
use crate::refusal::Refusal;
use bytes::{Bytes, BytesMut};
use hannun_model::limits::{
    LOG_CONNECTION_IDLE_SECONDS, SYSLOG_MESSAGE_BYTES_MAX, SYSLOG_WAITING_BYTES_MAX,
};
use parking_lot::Mutex;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::net::{TcpStream, UdpSocket};
use tokio::sync::{Notify, watch};

/// Names this protocol in hashes of requests.
const ROUTE: &str = "syslog";
/// The largest datagram.
const DATAGRAM_BYTES_MAX: usize = 65_536;

async fn keep_messages(
    state: &Arc<IntakeState>,
    messages: Bytes,
    stop: &mut watch::Receiver<bool>,
) -> Result<(), Refusal> {
    let decode = |messages: &[u8], _: &mut _, clock| map(messages, clock);
    keep(state, ROUTE, messages, stop, decode).await.map(drop)
}

/// Datagrams that wait to be kept together.
#[derive(Debug, Default)]
struct Datagrams {
    waiting: Mutex<BytesMut>,
    arrived: Notify,
}

/// Takes datagrams until `stop` turns true, and keeps those that wait then.
pub async fn serve_udp(
    socket: UdpSocket,
    state: Arc<IntakeState>,
    mut stop: watch::Receiver<bool>,
) {
    let datagrams = Arc::new(Datagrams::default());
    let keeper = tokio::spawn(keep_datagrams(state.clone(), datagrams.clone(), stop.clone()));
    let mut buffer = vec![0; DATAGRAM_BYTES_MAX];
    loop {
        let received = tokio::select! {
            received = socket.recv_from(&mut buffer) => received,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        match received {
            Ok((bytes, peer)) => {
                let mut waiting = datagrams.waiting.lock();
                if waiting.len() + bytes > SYSLOG_WAITING_BYTES_MAX {
                    state.counters.count_dropped_datagrams(1);
                } else {
                    push_waiting(&mut waiting, peer.ip(), &buffer[..bytes], false);
                }
                drop(waiting);
                datagrams.arrived.notify_one();
            }
            Err(error) => {
                tracing::debug!(%error, "failed to receive a datagram");
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
    }
    datagrams.arrived.notify_one();
    let _ = keeper.await;
}

/// Keeps what waits; more gathers meanwhile.
async fn keep_datagrams(
    state: Arc<IntakeState>,
    datagrams: Arc<Datagrams>,
    mut stop: watch::Receiver<bool>,
) {
    loop {
        datagrams.arrived.notified().await;
        let is_last = *stop.borrow();
        let messages = datagrams.waiting.lock().split().freeze();
        if !messages.is_empty() {
            state.counters.count_request();
            let count = super::wire::waiting(&messages).count() as u64;
            if let Err(refusal) = keep_messages(&state, messages, &mut stop).await {
                tracing::debug!(%refusal, count, "syslog datagrams were not kept");
                state.counters.count_dropped_datagrams(count);
            }
        }
        if is_last {
            return;
        }
    }
}

/// Serves connections until `stop` turns true.
pub async fn serve_tcp(door: TcpDoor, state: Arc<IntakeState>, stop: watch::Receiver<bool>) {
    door.serve(stop, move |stream, peer, stop| {
        let state = state.clone();
        async move {
            if let Err(refusal) = serve_connection(stream, peer.ip(), &state, stop).await {
                tracing::debug!(%peer, %refusal, "a syslog connection was ended");
            }
        }
    })
    .await;
}

async fn serve_connection(
    mut stream: TcpStream,
    peer: IpAddr,
    state: &Arc<IntakeState>,
    mut stop: watch::Receiver<bool>,
) -> Result<(), Refusal> {
    let mut framer = Framer::default();
    let mut is_first = true;
    let mut buffer = BytesMut::new();
    let idle = Duration::from_secs(LOG_CONNECTION_IDLE_SECONDS);
    loop {
        buffer.reserve(64 * 1024);
        let read = tokio::select! {
            read = tokio::time::timeout(idle, stream.read_buf(&mut buffer)) => read,
            _ = stop.wait_for(|stop| *stop) => return Ok(()),
        };
        let is_open = matches!(read, Ok(Ok(bytes)) if bytes > 0);
        let mut messages = BytesMut::new();
        loop {
            let frame = framer.next(&mut buffer);
            let frame = frame.or_else(|| if is_open { None } else { framer.last(&mut buffer) });
            let Some(frame) = frame else { break };
            if std::mem::take(&mut is_first) && is_http(&frame) {
                let refusal = Refusal::Unsupported("an HTTP request, not syslog".to_owned());
                state.counters.count_refusal(&refusal);
                return Err(refusal);
            }
            push_waiting(&mut messages, peer, &frame.message, frame.is_cut);
        }
        debug_assert!(buffer.len() <= SYSLOG_MESSAGE_BYTES_MAX + 128 * 1024, "a frame is bounded");
        if !messages.is_empty() {
            state.counters.count_request();
            keep_messages(state, messages.freeze(), &mut stop).await?;
        }
        if !is_open {
            return Ok(());
        }
    }
}
