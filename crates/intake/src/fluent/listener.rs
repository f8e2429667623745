//! Connections: messages in, acknowledgements out.

use super::handshake::{Hello, ack};
use super::map::{chunk_of, is_compressed, map};
use super::wire::Scanner;
use crate::IntakeState;
use crate::connections::{TcpDoor, keep};
use crate::door::Identity;
use crate::refusal::Refusal;
use bytes::{Bytes, BytesMut};
use hannun_model::limits::{
    FLUENT_MESSAGE_BYTES_MAX, FLUENT_PING_BYTES_MAX, LOG_CONNECTION_IDLE_SECONDS,
    REQUEST_READ_SECONDS_MAX,
};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::Instant;

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
            let ping = self.next(state, FLUENT_PING_BYTES_MAX);
            let ping = tokio::time::timeout(Duration::from_secs(seconds), ping);
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
        let limit_bytes = FLUENT_MESSAGE_BYTES_MAX.min(state.budget.limit_bytes());
        while let Some(message) = self.next(state, limit_bytes).await? {
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

    /// Keeps messages, in parts when their events are too many for one.
    async fn take(
        &mut self,
        state: &Arc<IntakeState>,
        messages: Bytes,
        identity: Identity,
    ) -> Result<(), Refusal> {
        let mut first = 0;
        loop {
            let decode = move |messages: &[u8], hold: &mut _, clock| {
                map(messages, identity, first, hold, clock)
            };
            // A part of a message is recognised when the message is sent again.
            let route = if first == 0 { ROUTE.to_owned() } else { format!("{ROUTE} from {first}") };
            let taken = keep(state, &route, messages.clone(), &mut self.stop, decode).await?;
            let Some(next) = taken.answer else { return Ok(()) };
            first = next;
        }
    }

    /// Adds messages that are here already and want no acknowledgement either.
    fn with_followers(&mut self, message: Bytes) -> Bytes {
        let mut length = 0;
        let is_alone = is_compressed(&message);
        while length < TOGETHER_BYTES && !is_alone {
            let rest = &self.buffer[length..];
            let Ok(Some(bytes)) = Scanner::default().scan(rest) else { break };
            let follower = &rest[..bytes];
            if !matches!(chunk_of(follower), Ok(None)) || is_compressed(follower) {
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
    async fn next(
        &mut self,
        state: &IntakeState,
        limit_bytes: usize,
    ) -> Result<Option<Bytes>, Refusal> {
        let mut started = None;
        let mut scanner = Scanner::default();
        let mut hold = state.budget.hold(0).ok_or(Refusal::OverBudget)?;
        loop {
            let length = scanner
                .scan(&self.buffer)
                .map_err(|error| count(state, Refusal::Malformed(error.to_string())))?;
            let is_large = length.unwrap_or(self.buffer.len() + 1) > limit_bytes;
            if is_large {
                return Err(count(state, Refusal::TooLarge { limit_bytes }));
            }
            if let Some(length) = length {
                return Ok(Some(self.buffer.split_to(length).freeze()));
            }
            // What a stranger may send before it is let in takes nothing from the others.
            if limit_bytes > FLUENT_PING_BYTES_MAX && !hold.grow_to(self.buffer.len()) {
                return Err(count(state, Refusal::OverBudget));
            }
            self.buffer.reserve(limit_bytes.min(64 * 1024));
            let end = if self.buffer.is_empty() {
                Instant::now() + Duration::from_secs(LOG_CONNECTION_IDLE_SECONDS)
            } else {
                *started.get_or_insert_with(Instant::now)
                    + Duration::from_secs(REQUEST_READ_SECONDS_MAX)
            };
            let read = tokio::select! {
                read = tokio::time::timeout_at(end, self.stream.read_buf(&mut self.buffer)) => read,
                _ = self.stop.wait_for(|stop| *stop) => return Ok(None),
            };
            match read {
                Ok(Ok(bytes)) if bytes > 0 => {}
                Err(_) if !self.buffer.is_empty() => {
                    let seconds = REQUEST_READ_SECONDS_MAX;
                    return Err(count(state, Refusal::Slow { seconds }));
                }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::tests::support::{BUDGET_BYTES, state};
    use tokio::net::TcpListener;

    /// How a connection ends whose sender sent this and waits.
    async fn after(sent: &[u8], peer: &str, budget_bytes: usize) -> Result<(), Refusal> {
        let door = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut sender = TcpStream::connect(door.local_addr().unwrap()).await.unwrap();
        let (stream, _) = door.accept().await.unwrap();
        let (_stop, stop) = watch::channel(false);
        let (state, _) = state(budget_bytes);
        sender.write_all(sent).await.unwrap();
        let mut connection = Connection { stream, stop, buffer: BytesMut::new() };
        tokio::time::pause();
        let options = FluentOptions { shared_keys: vec!["right".to_owned()] };
        let ended = connection.run(&state, &options, peer.parse().unwrap()).await;
        tokio::time::resume();
        ended
    }

    #[tokio::test]
    async fn a_stranger_may_send_no_more_than_a_ping() {
        // A text of 64 KiB, of which not all comes.
        let large = [&[0xda, 0xff, 0xff][..], &[b'x'; 20_000]].concat();
        let limit_bytes = FLUENT_PING_BYTES_MAX;
        let refusal = after(&large, "10.0.0.9:1", BUDGET_BYTES).await;
        assert_eq!(refusal, Err(Refusal::TooLarge { limit_bytes }));
        let wrong = b"\x96\xa4PING\xa1h\xa1s\xa1d\xa0\xa0";
        assert_eq!(after(wrong, "10.0.0.9:1", 0).await, Err(Refusal::Unauthenticated));
    }

    #[tokio::test]
    async fn a_message_that_does_not_end_ends_the_connection() {
        let seconds = REQUEST_READ_SECONDS_MAX;
        let refusal = after(b"\x92\xa1t", "127.0.0.1:1", BUDGET_BYTES).await;
        assert_eq!(refusal, Err(Refusal::Slow { seconds }));
    }
}
