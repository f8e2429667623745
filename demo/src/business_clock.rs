//! The one clock of the shop: the wall clock when it runs live, a virtual one in a history.
//!
//! A history runs on a tokio runtime with paused time, which jumps to the next timer as soon as
//! nothing is left to do. Its timers have a resolution of one millisecond, too coarse for the time
//! of a database call, so one millisecond of the runtime stands for ten microseconds of business.
//! Its timer wheel has room for 2^36 ms, here 7.9 days; past its second turn the runtime spins. So
//! a finer clock would shorten the longest history.

use std::future::Future;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::Instant;

/// Runtime time per business time in a history.
const STRETCH: u32 = 100;

#[derive(Debug, Clone)]
pub struct BusinessClock {
    base: SystemTime,
    origin: Instant,
    is_virtual: bool,
}

impl BusinessClock {
    /// Ticks with the wall clock. To be called in the runtime that will use it.
    pub fn live() -> Self {
        Self { base: SystemTime::now(), origin: Instant::now(), is_virtual: false }
    }

    /// Starts at `base` and moves with the paused runtime it is created in.
    pub fn starting_at(base: SystemTime) -> Self {
        Self { base, origin: Instant::now(), is_virtual: true }
    }

    pub fn is_virtual(&self) -> bool {
        self.is_virtual
    }

    pub fn now(&self) -> SystemTime {
        let elapsed = self.origin.elapsed();
        self.base + if self.is_virtual { elapsed / STRETCH } else { elapsed }
    }

    pub async fn sleep(&self, duration: Duration) {
        tokio::time::sleep(self.stretch(duration)).await;
    }

    /// `None` when `work` took longer than `limit`.
    pub async fn timeout<F: Future>(&self, limit: Duration, work: F) -> Option<F::Output> {
        tokio::time::timeout(self.stretch(limit), work).await.ok()
    }

    /// A simulated delay. Live it is left out below a millisecond: the runtime would round it up.
    pub async fn simulate(&self, delay: Duration) {
        if self.is_virtual || delay >= Duration::from_millis(1) {
            self.sleep(delay).await;
        }
    }

    fn stretch(&self, duration: Duration) -> Duration {
        if self.is_virtual { duration * STRETCH } else { duration }
    }
}

/// Nanoseconds since 1970, as OTLP and the store count them.
pub fn unix_nanos(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or_default().as_nanos() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_virtual_sleep_moves_the_clock_exactly_and_takes_no_time() {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build()
            .unwrap();
        runtime.block_on(async {
            let base = UNIX_EPOCH + Duration::from_secs(1_700_000_000);
            let clock = BusinessClock::starting_at(base);
            clock.sleep(Duration::from_micros(1_230)).await;
            assert_eq!(clock.now(), base + Duration::from_micros(1_230));
            clock.sleep(Duration::from_secs(3 * 86_400)).await;
            let expected = base + Duration::from_secs(3 * 86_400) + Duration::from_micros(1_230);
            assert_eq!(clock.now(), expected);
            let slow = clock.sleep(Duration::from_secs(11));
            assert!(clock.timeout(Duration::from_secs(10), slow).await.is_none());
            assert_eq!(clock.now(), expected + Duration::from_secs(10));
        });
    }
}
