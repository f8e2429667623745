//! The network between the services: loopback sockets when live, pipes in memory in a history.
//!
//! On a virtual clock nothing outside the runtime may be waited for: the clock would jump ahead
//! meanwhile. HTTP/1.1 over a pipe inside the process is waited for inside the runtime.

use hannun_model::limits::SHOP_CONNECTIONS_WAITING_MAX;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use parking_lot::Mutex;
use std::collections::BTreeMap;
use std::future::Future;
use std::io::{Error, ErrorKind, Result};
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// Bytes on their way in one direction of a pipe.
const PIPE_BYTES: usize = 16 * 1024;

/// Names of services and where they are reached. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Network {
    places: Arc<Mutex<BTreeMap<String, Place>>>,
    is_virtual: bool,
}

#[derive(Debug, Clone)]
enum Place {
    Pipe(mpsc::Sender<DuplexStream>),
    Socket(SocketAddr),
}

/// The receiving end of one service.
#[derive(Debug)]
pub enum Doorway {
    Pipe(mpsc::Receiver<DuplexStream>),
    Socket(TcpListener),
}

/// One connection.
#[derive(Debug)]
pub enum Wire {
    Pipe(DuplexStream),
    Socket(TcpStream),
}

impl Network {
    pub fn in_memory() -> Self {
        Self { places: Arc::default(), is_virtual: true }
    }

    pub fn loopback() -> Self {
        Self { places: Arc::default(), is_virtual: false }
    }

    pub async fn open(&self, name: &str) -> Result<Doorway> {
        let (place, doorway) = if self.is_virtual {
            let (sender, receiver) = mpsc::channel(SHOP_CONNECTIONS_WAITING_MAX);
            (Place::Pipe(sender), Doorway::Pipe(receiver))
        } else {
            let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
            (Place::Socket(listener.local_addr()?), Doorway::Socket(listener))
        };
        self.places.lock().insert(name.to_owned(), place);
        Ok(doorway)
    }

    async fn connect(&self, name: &str) -> Result<Wire> {
        let place = self.places.lock().get(name).cloned();
        match place {
            None => Err(Error::new(ErrorKind::NotFound, format!("no service is named {name}"))),
            Some(Place::Socket(address)) => {
                let stream = TcpStream::connect(address).await?;
                stream.set_nodelay(true)?;
                Ok(Wire::Socket(stream))
            }
            Some(Place::Pipe(sender)) => {
                let (near, far) = tokio::io::duplex(PIPE_BYTES);
                let closed = |_| Error::new(ErrorKind::ConnectionRefused, "the service has ended");
                sender.send(far).await.map_err(closed)?;
                Ok(Wire::Pipe(near))
            }
        }
    }
}

impl Doorway {
    pub async fn accept(&mut self) -> Result<Wire> {
        match self {
            Self::Pipe(receiver) => match receiver.recv().await {
                Some(stream) => Ok(Wire::Pipe(stream)),
                None => Err(Error::new(ErrorKind::BrokenPipe, "the network has ended")),
            },
            Self::Socket(listener) => {
                let (stream, _) = listener.accept().await?;
                stream.set_nodelay(true)?;
                Ok(Wire::Socket(stream))
            }
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<()>> {
        match self.get_mut() {
            Self::Pipe(stream) => Pin::new(stream).poll_read(context, buffer),
            Self::Socket(stream) => Pin::new(stream).poll_read(context, buffer),
        }
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        match self.get_mut() {
            Self::Pipe(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Socket(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        match self.get_mut() {
            Self::Pipe(stream) => Pin::new(stream).poll_flush(context),
            Self::Socket(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        match self.get_mut() {
            Self::Pipe(stream) => Pin::new(stream).poll_shutdown(context),
            Self::Socket(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

/// What the HTTP client opens connections with.
#[derive(Debug, Clone)]
pub struct Connector(pub Network);

/// A connection as the HTTP client wants it.
#[derive(Debug)]
pub struct ClientWire(TokioIo<Wire>);

impl tower::Service<http::Uri> for Connector {
    type Response = ClientWire;
    type Error = Error;
    type Future = Pin<Box<dyn Future<Output = Result<ClientWire>> + Send>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, target: http::Uri) -> Self::Future {
        let network = self.0.clone();
        Box::pin(async move {
            let name = target.host().unwrap_or_default();
            Ok(ClientWire(TokioIo::new(network.connect(name).await?)))
        })
    }
}

impl Connection for ClientWire {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

impl hyper::rt::Read for ClientWire {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: hyper::rt::ReadBufCursor<'_>,
    ) -> Poll<Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_read(context, buffer)
    }
}

impl hyper::rt::Write for ClientWire {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize>> {
        Pin::new(&mut self.get_mut().0).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.get_mut().0).poll_shutdown(context)
    }
}
