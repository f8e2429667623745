//! The live tail: rows as they become durable, for whoever follows.
//!
//! Nobody waits for a follower. One that is too slow learns how many records it missed.

use hannun_model::batch::Batch;
use hannun_model::limits::{LIVE_TAIL_BATCHES_MAX, LIVE_TAIL_BYTES_MAX};
use parking_lot::Mutex;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::sync::broadcast::{self, error::RecvError};

/// What a follower learns.
#[derive(Debug, Clone)]
pub enum TailEvent {
    /// Records of `logs` that are durable now, as they were stored. The follower chooses among them.
    Records(Arc<Batch>),
    /// So many records came that this follower will not see: it was too slow.
    Skipped(u64),
}

/// Follows the records that are stored from now on.
#[derive(Debug)]
pub struct Follower {
    messages: broadcast::Receiver<Message>,
    /// Records that came before the next message that was not missed.
    expected: u64,
    /// A message that came after a gap.
    held: Option<Message>,
}

/// Rows on their way to the followers.
#[derive(Debug, Clone)]
struct Message {
    /// Records that came before these.
    before: u64,
    rows: u64,
    /// `None` when the rows would take more memory than followers may hold.
    batch: Option<Arc<Held>>,
}

/// Rows that count towards the memory of all followers while any of them has yet to read them.
#[derive(Debug)]
struct Held {
    batch: Arc<Batch>,
    bytes: usize,
    bytes_held: Arc<AtomicUsize>,
}

impl Drop for Held {
    fn drop(&mut self) {
        self.bytes_held.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

/// Hands rows to all followers.
#[derive(Debug)]
pub(crate) struct Tail {
    sender: broadcast::Sender<Message>,
    /// Records that came while somebody followed; numbers gaps.
    records: Mutex<u64>,
    bytes_held: Arc<AtomicUsize>,
}

impl Default for Tail {
    fn default() -> Self {
        let (sender, _) = broadcast::channel(LIVE_TAIL_BATCHES_MAX);
        Self { sender, records: Mutex::default(), bytes_held: Arc::default() }
    }
}

impl Tail {
    pub(crate) fn subscribe(&self) -> Follower {
        // Under the lock, so that no batch falls between the number and the subscription.
        let records = self.records.lock();
        Follower { messages: self.sender.subscribe(), expected: *records, held: None }
    }

    /// Nothing happens when nobody follows.
    pub(crate) fn send(&self, batch: &Batch) {
        if self.sender.receiver_count() == 0 || batch.rows() == 0 {
            return;
        }
        let bytes = batch.bytes();
        let mut records = self.records.lock();
        let rows = batch.rows() as u64;
        let held_before = self.bytes_held.fetch_add(bytes, Ordering::Relaxed);
        let held =
            Held { batch: Arc::new(batch.clone()), bytes, bytes_held: self.bytes_held.clone() };
        let fits = held_before + bytes <= LIVE_TAIL_BYTES_MAX;
        // A message without rows still pushes older rows out of the queue.
        let batch = fits.then(|| Arc::new(held));
        let _ = self.sender.send(Message { before: *records, rows, batch });
        *records += rows;
    }
}

impl Follower {
    /// Waits for what comes next; `None` when nothing ever will. Safe to cancel.
    pub async fn next(&mut self) -> Option<TailEvent> {
        loop {
            let message = match self.held.take() {
                Some(message) => message,
                None => match self.messages.recv().await {
                    Ok(message) => message,
                    // The number of the next message tells how many records were missed.
                    Err(RecvError::Lagged(_)) => continue,
                    Err(RecvError::Closed) => return None,
                },
            };
            let missed = message.before - self.expected;
            if missed > 0 {
                self.expected = message.before;
                self.held = Some(message);
                return Some(TailEvent::Skipped(missed));
            }
            self.expected = message.before + message.rows;
            return Some(match message.batch {
                Some(held) => TailEvent::Records(held.batch.clone()),
                None => TailEvent::Skipped(message.rows),
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hannun_model::batch::BatchBuilder;
    use hannun_model::table::{Table, logs};

    fn batch(rows: usize, body: &str) -> Batch {
        let mut builder = BatchBuilder::new(Table::Logs);
        for _ in 0..rows {
            builder.start_row();
            builder.set_text(logs::BODY, body);
        }
        builder.finish().unwrap()
    }

    async fn next(follower: &mut Follower) -> (&'static str, u64) {
        match follower.next().await.unwrap() {
            TailEvent::Records(batch) => ("records", batch.rows() as u64),
            TailEvent::Skipped(records) => ("skipped", records),
        }
    }

    #[tokio::test]
    async fn a_follower_sees_what_is_stored_after_it_began() {
        let tail = Tail::default();
        tail.send(&batch(1, "before"));
        let mut follower = tail.subscribe();
        tail.send(&batch(2, "a"));
        tail.send(&batch(3, "b"));
        assert_eq!(next(&mut follower).await, ("records", 2));
        assert_eq!(next(&mut follower).await, ("records", 3));
        drop(tail);
        assert!(follower.next().await.is_none());
    }

    #[tokio::test]
    async fn a_slow_follower_learns_how_many_records_it_missed() {
        let tail = Tail::default();
        let mut follower = tail.subscribe();
        for _ in 0..LIVE_TAIL_BATCHES_MAX + 5 {
            tail.send(&batch(10, "a"));
        }
        let (event, skipped) = next(&mut follower).await;
        assert_eq!(event, "skipped");
        let mut seen = skipped;
        for _ in 0..LIVE_TAIL_BATCHES_MAX {
            let (event, records) = next(&mut follower).await;
            assert_eq!(event, "records");
            seen += records;
        }
        assert_eq!(seen, (LIVE_TAIL_BATCHES_MAX as u64 + 5) * 10);
    }

    #[tokio::test]
    async fn followers_together_hold_a_bounded_amount_and_go_on_afterwards() {
        let tail = Tail::default();
        let mut follower = tail.subscribe();
        let large = batch(1, &"x".repeat(LIVE_TAIL_BYTES_MAX * 2 / 3));
        tail.send(&large);
        tail.send(&large);
        assert_eq!(next(&mut follower).await, ("records", 1));
        assert_eq!(next(&mut follower).await, ("skipped", 1));
        tail.send(&large);
        assert_eq!(next(&mut follower).await, ("records", 1));
        drop(follower);
        assert_eq!(tail.bytes_held.load(Ordering::Relaxed), 0);
    }
}
