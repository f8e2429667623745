//! The loop of a receiver: many datagrams by one system call.
//!
//! `recvmmsg` waits for the first datagram and then takes whatever else is there. A receiver that has
//! emptied the socket lets it fill for a millisecond: otherwise it would be woken, by the sender's
//! system call, for each datagram, which costs both of them more than the datagram itself.

use super::counters::{Counters, Dropped};
use super::gather::{Datagram, Gathered};
use crate::datadog::DatadogState;
use crate::datadog::access::needs_no_key;
use hannun_model::limits::{DOGSTATSD_BATCH_DATAGRAMS, DOGSTATSD_DATAGRAM_BYTES_MAX};
use hannun_model::table::Table;
use nix::errno::Errno;
use nix::sys::socket::{MsgFlags, MultiHeaders, RecvMsg, SockaddrStorage, recvmmsg};
use std::io::IoSliceMut;
use std::net::{IpAddr, UdpSocket};
use std::os::fd::{AsRawFd, OwnedFd};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// How long a receiver waits for a datagram before it looks whether the end was asked for.
pub(super) const READ_TIMEOUT: Duration = Duration::from_millis(100);
/// How long a socket that was emptied is left to fill. A receive buffer holds far more.
const GATHER_PAUSE: Duration = Duration::from_millis(1);
/// How long what lies in the socket is read after that; a flood has no end of its own.
const LAST_READ_LIMIT: Duration = Duration::from_secs(1);

/// Whether the end was asked for, or nobody is left who could ask.
pub(super) fn is_over(stop: &watch::Receiver<bool>) -> bool {
    *stop.borrow() || stop.has_changed().is_err()
}

/// Reads one socket.
#[derive(Debug)]
pub(super) struct Receiver {
    pub(super) socket: OwnedFd,
    /// Senders of a Unix socket are on this machine.
    pub(super) is_unix: bool,
    pub(super) state: Arc<DatadogState>,
    pub(super) gathered: Arc<Gathered>,
}

impl Receiver {
    /// Receives until `stop` is true, and then what is there.
    pub(super) fn run(&self, stop: &watch::Receiver<bool>) {
        let mut buffers = vec![0; DOGSTATSD_BATCH_DATAGRAMS * DOGSTATSD_DATAGRAM_BYTES_MAX];
        let mut headers =
            MultiHeaders::<SockaddrStorage>::preallocate(DOGSTATSD_BATCH_DATAGRAMS, None);
        let mut deadline = None;
        loop {
            let mut flags = MsgFlags::MSG_WAITFORONE;
            if is_over(stop) {
                flags = MsgFlags::MSG_DONTWAIT;
                let end = deadline.get_or_insert_with(|| Instant::now() + LAST_READ_LIMIT);
                if Instant::now() >= *end {
                    return;
                }
            }
            let mut slices: Vec<[IoSliceMut<'_>; 1]> = buffers
                .chunks_exact_mut(DOGSTATSD_DATAGRAM_BYTES_MAX)
                .map(|buffer| [IoSliceMut::new(buffer)])
                .collect();
            let socket = self.socket.as_raw_fd();
            match recvmmsg(socket, &mut headers, slices.iter_mut(), flags, None) {
                Ok(received) => {
                    let count = self.take(received);
                    if count < DOGSTATSD_BATCH_DATAGRAMS && deadline.is_none() {
                        std::thread::sleep(GATHER_PAUSE);
                    }
                }
                Err(Errno::EAGAIN | Errno::EINTR) if deadline.is_none() => {}
                Err(Errno::EAGAIN) => return,
                Err(error) => {
                    tracing::debug!(%error, "failed to receive datagrams");
                    std::thread::sleep(Duration::from_millis(10));
                }
            }
        }
    }

    /// Takes what was received and answers how many datagrams that were.
    fn take<'m>(&self, received: impl Iterator<Item = RecvMsg<'m, 'm, SockaddrStorage>>) -> usize {
        let (mut count, mut refused) = (0, 0);
        let datagrams = received.filter_map(|message| {
            count += 1;
            let Some(is_local) = self.admit(message.address.as_ref()) else {
                refused += 1;
                return None;
            };
            Some(Datagram {
                bytes: message.iovs().next().unwrap_or_default(),
                is_local,
                is_truncated: message.flags.contains(MsgFlags::MSG_TRUNC),
            })
        });
        let now_ns = self.state.intake.clock(Table::MetricPoints).now_ns;
        self.gathered.take(datagrams, now_ns);
        if refused > 0 {
            self.state.dogstatsd.add_dropped(Dropped::NotAdmitted, refused);
        }
        count
    }

    /// Whether a datagram was sent on this machine; `None` when it may not come in.
    pub(super) fn admit(&self, sender: Option<&SockaddrStorage>) -> Option<bool> {
        if self.is_unix {
            return Some(true);
        }
        let sender = sender?;
        let address = match (sender.as_sockaddr_in(), sender.as_sockaddr_in6()) {
            (Some(address), _) => IpAddr::V4(address.ip()),
            (None, Some(address)) => IpAddr::V6(address.ip()).to_canonical(),
            (None, None) => return None,
        };
        needs_no_key(&self.state, address).then_some(address.is_loopback())
    }
}

/// Counts the datagrams that found the buffer of a UDP socket full.
#[derive(Debug)]
pub(super) struct KernelDrops {
    /// Kept open until the last look: the kernel forgets with the socket what it dropped.
    pub(super) socket: UdpSocket,
    /// The socket's, by which the kernel lists it.
    pub(super) inode: u64,
    pub(super) counted: u64,
}

impl KernelDrops {
    /// Counts those since the last time.
    pub(super) fn count(&mut self, counters: &Counters) {
        let is_ipv6 = self.socket.local_addr().is_ok_and(|address| address.is_ipv6());
        let list = if is_ipv6 { "/proc/net/udp6" } else { "/proc/net/udp" };
        let Ok(list) = std::fs::read_to_string(list) else { return };
        let Some(all) = drops_of(&list, self.inode) else { return };
        // The kernel counts in 32 bits.
        let since = (all as u32).wrapping_sub(self.counted as u32);
        self.counted = all;
        if since > 0 {
            counters.add_dropped(Dropped::Kernel, u64::from(since));
        }
    }
}

/// The column `drops` of a socket in the text of `/proc/net/udp`.
fn drops_of(list: &str, inode: u64) -> Option<u64> {
    const INODE: usize = 9;
    const DROPS: usize = 12;
    list.lines().skip(1).find_map(|line| {
        let columns: Vec<&str> = line.split_ascii_whitespace().collect();
        let is_it = columns.get(INODE)?.parse() == Ok(inode);
        if is_it { columns.get(DROPS)?.parse().ok() } else { None }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn drops_are_read_by_the_inode_of_the_socket() {
        let list = "   sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode ref pointer drops
  532: 0100007F:1FBD 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 4711 2 0000000000000000 17
  900: 00000000:0044 00000000:0000 07 00000000:00000000 00:00000000 00000000     0        0 12 2 0000000000000000 0
";
        assert_eq!(drops_of(list, 4711), Some(17));
        assert_eq!(drops_of(list, 12), Some(0));
        assert_eq!(drops_of(list, 13), None);
        assert_eq!(drops_of("", 13), None);
    }
}
