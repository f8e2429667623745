//! A reader of server-sent events.

use crate::Server;
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;
use std::time::Duration;

/// An open stream of events.
#[derive(Debug)]
pub struct Events(BufReader<TcpStream>);

impl Events {
    /// Opens a stream of the main listener as the owner.
    pub fn open(server: &Server, path: &str) -> Self {
        let mut stream = TcpStream::connect(server.address("http")).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: {}\r\nauthorization: {}\r\n\r\n",
            server.address("http"),
            server.authorization()
        );
        stream.write_all(request.as_bytes()).unwrap();
        Self(BufReader::new(stream))
    }

    /// The next event that is no comment: its name and its data.
    pub fn next_event(&mut self) -> (String, Value) {
        let mut name = String::new();
        loop {
            let mut line = String::new();
            assert!(self.0.read_line(&mut line).unwrap() > 0, "the stream ended");
            if let Some(event) = line.strip_prefix("event: ") {
                event.trim().clone_into(&mut name);
            } else if let Some(data) = line.strip_prefix("data: ") {
                return (name, serde_json::from_str(data.trim()).unwrap());
            }
        }
    }

    /// Reads until the server closes the stream.
    pub fn read_to_end(mut self) {
        let mut rest = Vec::new();
        let _ = std::io::Read::read_to_end(&mut self.0, &mut rest);
    }
}
