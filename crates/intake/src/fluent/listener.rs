//! Connections: messages in, acknowledgements out.

use super::handshake::{Hello, ack};
use super::map::{chunk_of, map};
use super::wire::Scanner;
use crate::IntakeState;
use crate::connections::{TcpDoor, keep};
use crate::door::Identity;
use crate::refusal::Refusal;
use bytes::{Bytes, BytesMut};
use hannun_model::limits::{
    FLUENT_MESSAGE_BYTES_MAX, LOG_CONNECTION_IDLE_SECONDS, REQUEST_READ_SECONDS_MAX,
};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;

/// Who may send from elsewhere.
#[derive(Debug, Clone, Default)]
pub struct FluentOptions {
    /// Shared keys: one of them is asked for from everybody who is not on this machine.
    pub shared_keys: Vec<String>,
}

/// Names this protocol in hashes of requests.
const ROUTE: &str = "fluent";
/// Bytes of messages without acknowledgement that are kept together.
const TOGETHER_BYTES: usize = 1 << 20;

/// Serves connections until `stop` turns true.
pub async fn serve(
    door: TcpDoor,
    state: Arc<IntakeState>,
    options: FluentOptions,
    stop: watch::Receiver<bool>,
) {
    let options = Arc::new(options);
    door.serve(stop, move |stream, peer, stop| {
        let (state, options) = (state.clone(), options.clone());
        async move {
            let mut connection = Connection { stream, stop, buffer: BytesMut::new() };
            if let Err(refusal) = connection.run(&state, &options, peer).await {
                tracing::debug!(%peer, %refusal, "a fluent connection was ended");
            }
        }
    })
    .await;
}

struct Connection {
    stream: TcpStream,
    stop: watch::Receiver<bool>,
    buffer: BytesMut,
}

impl Connection {
    async fn run(
        &mut self,
        state: &Arc<IntakeState>,
        options: &FluentOptions,
        peer: SocketAddr,
    ) -> Result<(), Refusal> {
        if !peer.ip().to_canonical().is_loopback() {
            let hello = Hello::new();
            self.write(&hello.to_bytes()).await?;
            let seconds = REQUEST_READ_SECONDS_MAX;
            let ping = tokio::time::timeout(Duration::from_secs(seconds), self.next(state));
            let ping = ping.await.map_err(|_| Refusal::Slow { seconds })??;
            let Some(ping) = ping else { return Ok(()) };
            let pong = hello
                .answer(&ping, &options.shared_keys)
                .map_err(|error| count(state, Refusal::Malformed(error.to_string())))?;
            self.write(&pong.bytes).await?;
            if !pong.is_admitted {
                return Err(count(state, Refusal::Unauthenticated));
            }
        }
        while let Some(message) = self.next(state).await? {
            state.counters.count_request();
            let chunk = chunk_of(&message)
                .map_err(|error| count(state, Refusal::Malformed(error.to_string())))?;
            match chunk {
                Some(chunk) => {
                    // A sender that gets no answer sends the same chunk again.
                    self.take(state, message, Identity::Content).await?;
                    self.write(&ack(&chunk)).await?;
                }
                None => {
                    let messages = self.with_followers(message);
                    self.take(state, messages, Identity::Unique).await?;
                }
            }
        }
        Ok(())
    }

    async fn take(
        &mut self,
        state: &Arc<IntakeState>,
        messages: Bytes,
        identity: Identity,
    ) -> Result<(), Refusal> {
        let decode =
            move |messages: &[u8], hold: &mut _, clock| map(messages, identity, hold, clock);
        keep(state, ROUTE, messages, &mut self.stop, decode).await.map(drop)
    }

    /// Adds messages that are here already and want no acknowledgement either.
    fn with_followers(&mut self, message: Bytes) -> Bytes {
        let mut length = 0;
        while length < TOGETHER_BYTES {
            let rest = &self.buffer[length..];
            let Ok(Some(bytes)) = Scanner::default().scan(rest) else { break };
            if !matches!(chunk_of(&rest[..bytes]), Ok(None)) {
                break;
            }
            length += bytes;
        }
        if length == 0 {
            return message;
        }
        let mut messages = BytesMut::from(message);
        messages.extend_from_slice(&self.buffer.split_to(length));
        messages.freeze()
    }

    /// The next whole message; `None` when the sender closed or the end was asked for.
    async fn next(&mut self, state: &IntakeState) -> Result<Option<Bytes>, Refusal> {
        let mut scanner = Scanner::default();
        let mut hold = state.budget.hold(0).ok_or(Refusal::OverBudget)?;
        loop {
            let length = scanner
                .scan(&self.buffer)
                .map_err(|error| count(state, Refusal::Malformed(error.to_string())))?;
            if let Some(length) = length {
                return Ok(Some(self.buffer.split_to(length).freeze()));
            }
            if self.buffer.len() >= FLUENT_MESSAGE_BYTES_MAX {
                let limit_bytes = FLUENT_MESSAGE_BYTES_MAX;
                return Err(count(state, Refusal::TooLarge { limit_bytes }));
            }
            if !hold.grow_to(self.buffer.len()) {
                return Err(count(state, Refusal::OverBudget));
            }
            self.buffer.reserve(64 * 1024);
            let idle = Duration::from_secs(LOG_CONNECTION_IDLE_SECONDS);
            let read = tokio::select! {
                read = tokio::time::timeout(idle, self.stream.read_buf(&mut self.buffer)) => read,
                _ = self.stop.wait_for(|stop| *stop) => return Ok(None),
            };
            match read {
                Ok(Ok(bytes)) if bytes > 0 => {}
                _ => return Ok(None),
            }
        }
    }

    async fn write(&mut self, bytes: &[u8]) -> Result<(), Refusal> {
        let seconds = REQUEST_READ_SECONDS_MAX;
        let written = self.stream.write_all(bytes);
        match tokio::time::timeout(Duration::from_secs(seconds), written).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Refusal::Internal(error.to_string())),
            Err(_) => Err(Refusal::Slow { seconds }),
        }
    }
}

fn count(state: &IntakeState, refusal: Refusal) -> Refusal {
    state.counters.count_refusal(&refusal);
    refusal
}
