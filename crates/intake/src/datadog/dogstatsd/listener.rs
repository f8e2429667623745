//! The sockets of DogStatsD.

use super::flush::Flusher;
use super::gather::Gathered;
use super::receive::{KernelDrops, READ_TIMEOUT, Receiver};
use crate::datadog::DatadogState;
use hannun_model::limits::DOGSTATSD_RECEIVE_BUFFER_BYTES;
use hannun_model::table::Table;
use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt::{RcvBuf, RcvBufForce};
use std::fs::Permissions;
use std::io::{Error, ErrorKind, Result};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// Whoever runs on this machine may send, as with Datadog's agent.
const SOCKET_MODE: u32 = 0o722;

/// The sockets that are open.
#[derive(Debug, Default)]
pub struct DogStatsD {
    udp: Option<UdpSocket>,
    unix: Option<UnixDoor>,
}

/// A Unix socket with its file, which is removed with it.
#[derive(Debug)]
struct UnixDoor {
    socket: UnixDatagram,
    file: SocketFile,
}

#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    inode: u64,
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // Somebody else may have put a file of his own there.
        let is_ours = std::fs::symlink_metadata(&self.path)
            .is_ok_and(|metadata| metadata.ino() == self.inode);
        if is_ours && let Err(error) = std::fs::remove_file(&self.path) {
            tracing::warn!(%error, path = %self.path.display(), "failed to remove a socket");
        }
    }
}

impl DogStatsD {
    /// Opens a UDP socket; port 0 takes a free one.
    pub fn bind_udp(&mut self, address: &str) -> Result<()> {
        let socket = UdpSocket::bind(address)?;
        socket.set_read_timeout(Some(READ_TIMEOUT))?;
        enlarge_buffer(&socket);
        self.udp = Some(socket);
        Ok(())
    }

    /// Opens a Unix datagram socket. A file that a process left behind is replaced.
    pub fn bind_unix(&mut self, path: &Path) -> Result<()> {
        remove_stale(path)?;
        let socket = UnixDatagram::bind(path)?;
        let inode = std::fs::symlink_metadata(path)?.ino();
        let file = SocketFile { path: path.to_owned(), inode };
        std::fs::set_permissions(path, Permissions::from_mode(SOCKET_MODE))?;
        socket.set_read_timeout(Some(READ_TIMEOUT))?;
        enlarge_buffer(&socket);
        self.unix = Some(UnixDoor { socket, file });
        Ok(())
    }

    /// Where the UDP socket is; `None` when there is none.
    pub fn udp_address(&self) -> Result<Option<SocketAddr>> {
        self.udp.as_ref().map(UdpSocket::local_addr).transpose()
    }

    /// Where the Unix socket is; `None` when there is none.
    pub fn unix_path(&self) -> Option<&Path> {
        self.unix.as_ref().map(|door| door.file.path.as_path())
    }

    /// Serves until `stop` turns true, and then until everything that was received is stored.
    pub fn serve(
        self,
        state: &Arc<DatadogState>,
        stop: &watch::Receiver<bool>,
    ) -> Vec<JoinHandle<()>> {
        let mut drops = self.udp.as_ref().and_then(kernel_drops);
        let (unix_socket, file) =
            self.unix.map(|door| (OwnedFd::from(door.socket), door.file)).unzip();
        let sockets = [(self.udp.map(OwnedFd::from), false), (unix_socket, true)];
        let now_ns = state.intake.clock(Table::MetricPoints).now_ns;
        let gathered = Arc::new(Gathered::new(state.dogstatsd.clone(), now_ns));
        let receivers: Vec<JoinHandle<()>> = sockets
            .into_iter()
            .filter_map(|(socket, is_unix)| {
                let (state, gathered) = (state.clone(), gathered.clone());
                let receiver = Receiver { socket: socket?, is_unix, state, gathered };
                let stop = stop.clone();
                Some(tokio::task::spawn_blocking(move || receiver.run(&stop)))
            })
            .collect();
        if receivers.is_empty() {
            return receivers;
        }
        let (state, stop) = (state.clone(), stop.clone());
        let counters = state.dogstatsd.clone();
        let flusher = Flusher { state, gathered, stop, deadline: None };
        vec![tokio::spawn(async move {
            let count_drops = || drops.iter_mut().for_each(|drops| drops.count(&counters));
            flusher.run(receivers, count_drops).await;
            drop(file);
        })]
    }
}

/// Removes a socket that nobody listens on any more.
fn remove_stale(path: &Path) -> Result<()> {
    let Ok(metadata) = std::fs::symlink_metadata(path) else { return Ok(()) };
    if !metadata.file_type().is_socket() {
        return Err(Error::new(ErrorKind::AlreadyExists, "there is a file that is no socket"));
    }
    match UnixDatagram::unbound()?.connect(path) {
        Err(error) if error.kind() == ErrorKind::ConnectionRefused => std::fs::remove_file(path),
        _ => Err(Error::new(ErrorKind::AddrInUse, "another process listens there")),
    }
}

/// Takes as large a receive buffer as the kernel gives: what finds no room in it is lost.
fn enlarge_buffer(socket: &impl AsFd) {
    // Past the system's limit only a privileged process may go.
    let enlarged = setsockopt(socket, RcvBufForce, &DOGSTATSD_RECEIVE_BUFFER_BYTES)
        .or_else(|_| setsockopt(socket, RcvBuf, &DOGSTATSD_RECEIVE_BUFFER_BYTES));
    if let Err(error) = enlarged {
        tracing::warn!(%error, "failed to enlarge the receive buffer of DogStatsD");
    }
}

fn kernel_drops(socket: &UdpSocket) -> Option<KernelDrops> {
    let inode = rustix::fs::fstat(socket).ok()?.st_ino;
    Some(KernelDrops { socket: socket.try_clone().ok()?, inode, counted: 0 })
}
