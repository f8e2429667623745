//! Listening: one accept loop per front door, with limits, TLS and a graceful end.

use crate::tls::Tls;
use axum::Router;
use axum::extract::ConnectInfo;
use hannun_model::limits::{CONNECTIONS_MAX, REQUEST_READ_SECONDS_MAX};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use std::io::ErrorKind;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream, UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tower::ServiceExt;

/// How long open requests may take after the end was asked for.
const DRAIN_LIMIT: Duration = Duration::from_secs(20);
/// How long a TLS handshake may take.
const HANDSHAKE_LIMIT: Duration = Duration::from_secs(10);
/// How often an HTTP/2 connection without traffic is asked whether it is alive.
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(60);

/// Who sends over a Unix socket is on this machine, as who sends over loopback.
const UNIX_PEER: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 0);

/// A front door that is open.
#[derive(Debug)]
pub struct Listener {
    socket: Socket,
    tls: Option<Arc<Tls>>,
}

#[derive(Debug)]
enum Socket {
    Tcp(TcpListener),
    Unix(UnixListener, SocketFile),
}

/// The file of a Unix socket, removed with its listener.
#[derive(Debug)]
struct SocketFile {
    path: PathBuf,
    inode: u64,
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        // The process that comes next may have put a file of its own there already.
        let file = std::fs::symlink_metadata(&self.path);
        if file.is_ok_and(|file| file.ino() == self.inode) {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl Socket {
    async fn accept(&self) -> std::io::Result<(Stream, SocketAddr)> {
        match self {
            Self::Tcp(socket) => {
                let (stream, peer) = socket.accept().await?;
                Ok((Stream::Tcp(stream), peer))
            }
            Self::Unix(socket, _) => {
                let (stream, _) = socket.accept().await?;
                Ok((Stream::Unix(stream), UNIX_PEER))
            }
        }
    }
}

impl Listener {
    /// Opens `address`; port 0 takes a free one.
    pub async fn bind(address: &str, tls: Option<Arc<Tls>>) -> std::io::Result<Self> {
        Ok(Self { socket: Socket::Tcp(TcpListener::bind(address).await?), tls })
    }

    /// Opens a Unix socket that everybody on this machine may write to. A file that a process left
    /// behind is replaced, one that is listened on is not.
    pub async fn bind_unix(path: &Path) -> std::io::Result<Self> {
        let left = std::fs::symlink_metadata(path);
        if left.is_ok_and(|left| left.file_type().is_socket()) {
            match UnixStream::connect(path).await {
                Err(error) if error.kind() == ErrorKind::ConnectionRefused => {
                    std::fs::remove_file(path)?;
                }
                // Also one that is too busy to answer, or that we may not write to.
                _ => return Err(ErrorKind::AddrInUse.into()),
            }
        }
        let socket = UnixListener::bind(path)?;
        let inode = std::fs::symlink_metadata(path)?.ino();
        let file = SocketFile { path: path.to_owned(), inode };
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o722))?;
        Ok(Self { socket: Socket::Unix(socket, file), tls: None })
    }

    /// Where it is: an address, or the path of a file.
    pub fn address(&self) -> std::io::Result<String> {
        match &self.socket {
            Socket::Tcp(socket) => Ok(socket.local_addr()?.to_string()),
            Socket::Unix(_, file) => Ok(file.path.display().to_string()),
        }
    }

    /// Serves `router` until `stop` turns true, then lets open requests finish.
    pub async fn serve(self, router: Router, mut stop: watch::Receiver<bool>) {
        let graceful = GracefulShutdown::new();
        let connections = Arc::new(Semaphore::new(CONNECTIONS_MAX));
        loop {
            let permit = tokio::select! {
                permit = connections.clone().acquire_owned() => permit,
                _ = stop.wait_for(|stop| *stop) => break,
            };
            let Ok(permit) = permit else { break };
            let accepted = tokio::select! {
                accepted = self.socket.accept() => accepted,
                _ = stop.wait_for(|stop| *stop) => break,
            };
            match accepted {
                Ok((stream, peer)) => {
                    let router = router.clone();
                    let tls = self.tls.clone();
                    let watcher = graceful.watcher();
                    tokio::spawn(async move {
                        accept(stream, peer, tls, router, watcher, permit).await;
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
        if tokio::time::timeout(DRAIN_LIMIT, graceful.shutdown()).await.is_err() {
            tracing::warn!("some connections did not end in time");
        }
    }
}

async fn accept(
    stream: Stream,
    peer: SocketAddr,
    tls: Option<Arc<Tls>>,
    router: Router,
    watcher: hyper_util::server::graceful::Watcher,
    _permit: OwnedSemaphorePermit,
) {
    let stream = match stream {
        Stream::Tcp(stream) => stream,
        Stream::Unix(stream) => return serve_connection(stream, peer, router, watcher).await,
    };
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "failed to turn delays off");
    }
    match tls {
        None => serve_connection(stream, peer, router, watcher).await,
        Some(tls) => {
            match tokio::time::timeout(HANDSHAKE_LIMIT, tls.acceptor().accept(stream)).await {
                Ok(Ok(stream)) => serve_connection(stream, peer, router, watcher).await,
                Ok(Err(error)) => tracing::debug!(%peer, %error, "TLS handshake failed"),
                Err(_) => tracing::debug!(%peer, "TLS handshake took too long"),
            }
        }
    }
}

async fn serve_connection(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: SocketAddr,
    router: Router,
    watcher: hyper_util::server::graceful::Watcher,
) {
    let service = router.map_request(move |mut request: http::Request<_>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        request
    });
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(Duration::from_secs(REQUEST_READ_SECONDS_MAX));
    builder
        .http2()
        .timer(TokioTimer::new())
        .keep_alive_interval(KEEP_ALIVE_INTERVAL)
        .max_concurrent_streams(128)
        .adaptive_window(true);
    let connection = builder
        .serve_connection(TokioIo::new(stream), TowerToHyperService::new(service))
        .into_owned();
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%peer, %error, "a connection ended early");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_socket_that_somebody_has_open_is_not_taken_though_no_connection_comes_about() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("dsd.socket");
        let _open = std::os::unix::net::UnixDatagram::bind(&path).unwrap();
        let error = Listener::bind_unix(&path).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::AddrInUse);
        assert!(path.exists());
    }

    #[tokio::test]
    async fn a_file_left_behind_is_replaced_and_that_of_another_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("apm.socket");
        drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
        let first = Listener::bind_unix(&path).await.unwrap();
        std::fs::rename(&path, folder.path().join("first.socket")).unwrap();
        let second = Listener::bind_unix(&path).await.unwrap();
        drop(first);
        assert!(path.exists(), "the file of the second");
        drop(second);
        assert!(!path.exists());
        std::fs::write(&path, "text").unwrap();
        assert!(Listener::bind_unix(&path).await.is_err());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "text");
    }
}
