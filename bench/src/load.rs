//! Sends requests on keep-alive connections, as many at once as exporters of a small fleet would.

use crate::requests::RequestFile;
use anyhow::{Result, bail, ensure};
use hannun_e2e::http::Client;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const CONNECTIONS: usize = 4;

/// What sending took.
#[derive(Debug, Clone, Copy)]
pub struct Sent {
    pub seconds: f64,
    /// Answers that said "later"; each such request was sent again.
    pub pushed_back: u64,
}

/// How requests are sent, and what an answer of success looks like.
#[derive(Clone, Copy)]
struct Manner<'a> {
    headers: &'a [(&'a str, &'a str)],
    is_whole: fn(&[u8]) -> bool,
}

/// Sends every request of OTLP and returns when the last is acknowledged.
pub fn send_all(url: &str, requests: &RequestFile, zipped: bool) -> Result<Sent> {
    let mut headers = vec![("content-type", "application/x-protobuf")];
    headers.extend(zipped.then_some(("content-encoding", "gzip")));
    send_with(url, requests, Manner { headers: &headers, is_whole: <[u8]>::is_empty })
}

/// Sends every request with this content type.
pub fn send_all_as(url: &str, requests: &RequestFile, content_type: &str) -> Result<Sent> {
    let headers = &[("content-type", content_type)];
    send_with(url, requests, Manner { headers, is_whole: |_| true })
}

fn send_with(url: &str, requests: &RequestFile, manner: Manner<'_>) -> Result<Sent> {
    let next = AtomicUsize::new(0);
    let pushed_back = AtomicU64::new(0);
    let started = Instant::now();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..CONNECTIONS)
            .map(|_| scope.spawn(|| send_some(url, requests, manner, &next, &pushed_back)))
            .collect();
        for worker in workers {
            match worker.join() {
                Ok(result) => result?,
                Err(_) => bail!("a client panicked"),
            }
        }
        Ok(())
    })?;
    let seconds = started.elapsed().as_secs_f64();
    Ok(Sent { seconds, pushed_back: pushed_back.into_inner() })
}

fn send_some(
    url: &str,
    requests: &RequestFile,
    Manner { headers, is_whole }: Manner<'_>,
    next: &AtomicUsize,
    pushed_back: &AtomicU64,
) -> Result<()> {
    let client = Client::default();
    loop {
        let index = next.fetch_add(1, Ordering::Relaxed);
        if index >= requests.count() {
            return Ok(());
        }
        let body = requests.body(index)?;
        loop {
            let response = client.post(url, headers, &body)?;
            match response.status {
                200 => {
                    ensure!(is_whole(&response.body), "partial success: {}", response.text());
                    break;
                }
                429 | 503 => {
                    pushed_back.fetch_add(1, Ordering::Relaxed);
                    std::thread::sleep(Duration::from_millis(50));
                }
                status => bail!("status {status}: {}", response.text()),
            }
        }
    }
}
