//! DogStatsD on loopback: at which rate metrics arrive without loss, and what each costs.
//!
//! Senders are threads of this process, so they take processor time beside the server; the figure
//! to compare is metrics per processor second of the server, from `/proc`.

use crate::Arguments;
use crate::measure::cpu_seconds;
use anyhow::{Context, Result};
use hannun_e2e::{Server, ServerOptions};
use serde_json::{Value, json};
use std::net::UdpSocket;
use std::time::{Duration, Instant};

/// Metrics each second, as asked of the senders.
const RATES: [u64; 5] = [100_000, 200_000, 300_000, 450_000, 600_000];
/// Metrics of a datagram: one each, as clients without a buffer send, and as many as fit into the
/// 1432 bytes that clients with a buffer fill.
const PER_DATAGRAM: [usize; 2] = [1, 20];
const SENDERS: usize = 2;
const SECONDS_PER_RATE: u64 = 4;
/// Contexts: an application of a few dozen names in a few places.
const NAMES: usize = 20;
const PLACES: usize = 10;
/// A window, and what a busy machine needs to store it.
const STORED_SECONDS_MAX: u64 = 60;
/// How often a sender looks whether it is early.
const TICK: Duration = Duration::from_millis(1);

/// Measures each rate with each size of datagrams and prints a table.
pub fn run(arguments: &Arguments) -> Result<Value> {
    println!("\n## DogStatsD over UDP, {SENDERS} senders\n");
    println!(
        "| metrics a datagram | asked, metrics/s | sent, metrics/s | lost | metrics per CPU-second |"
    );
    println!("|--:|--:|--:|--:|--:|");
    let mut figures = Vec::new();
    for per_datagram in PER_DATAGRAM {
        for rate in RATES {
            figures.push(measure(arguments, per_datagram, rate)?);
        }
    }
    Ok(Value::Array(figures))
}

/// Sends at one rate to a server of its own.
fn measure(arguments: &Arguments, per_datagram: usize, rate: u64) -> Result<Value> {
    let folder = tempfile::tempdir()?;
    let options = ServerOptions {
        memory_limit: arguments.memory_limit.clone(),
        binary: Some(arguments.binary.clone()),
        ..ServerOptions::with(&["--dogstatsd-listen=127.0.0.1:0"])
    };
    let server = Server::start_with(&folder.path().join("data"), &options);
    let address = server.address("dogstatsd");
    let before = cpu_seconds(server.process_id())?;
    let started = Instant::now();
    let sent = send(&address, per_datagram, rate)?;
    let seconds = started.elapsed().as_secs_f64();
    let stored = stored(&server, sent);
    let cpu = cpu_seconds(server.process_id())? - before;
    let lost = sent - stored.min(sent);
    let dropped = server.status()["datadog"]["dogstatsd"]["dropped"].clone();
    let (per_second, per_cpu_second) = (sent as f64 / seconds, stored as f64 / cpu);
    println!("| {per_datagram} | {rate} | {per_second:.0} | {lost} | {per_cpu_second:.0} |");
    server.stop();
    Ok(json!({
        "metrics_per_datagram": per_datagram,
        "metrics_per_second_asked": rate,
        "metrics_per_second_sent": per_second,
        "sent": sent,
        "lost": lost,
        "dropped_as_counted": dropped,
        "cpu_seconds": cpu,
        "metrics_per_cpu_second": per_cpu_second,
    }))
}

/// How many of the metrics came into rows, once that no longer grows.
fn stored(server: &Server, sent: u64) -> u64 {
    let count = "SELECT cast(coalesce(sum(value), 0) + coalesce(sum(\"count\"), 0) AS bigint) AS n \
                 FROM metric_points WHERE metric_name LIKE 'bench.%'";
    let started = Instant::now();
    let (mut last, mut since) = (0, Instant::now());
    while started.elapsed().as_secs() < STORED_SECONDS_MAX {
        let now = u64::try_from(server.number(count)).unwrap_or(0);
        if now >= sent {
            return now;
        }
        if now > last {
            (last, since) = (now, Instant::now());
        }
        // More than a window without another row: nothing is on its way.
        if last > 0 && since.elapsed().as_secs() > 15 {
            break;
        }
        std::thread::sleep(Duration::from_secs(1));
    }
    last
}

/// Sends for a few seconds; answers how many metrics that were.
fn send(address: &str, per_datagram: usize, rate: u64) -> Result<u64> {
    let datagrams = datagrams(per_datagram);
    std::thread::scope(|scope| {
        let senders: Vec<_> = (0..SENDERS)
            .map(|_| scope.spawn(|| send_some(address, &datagrams, per_datagram, rate)))
            .collect();
        let mut sent = 0;
        for sender in senders {
            sent += sender.join().ok().context("a sender panicked")??;
        }
        Ok(sent)
    })
}

fn send_some(address: &str, datagrams: &[String], per_datagram: usize, rate: u64) -> Result<u64> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.connect(address)?;
    let per_second = rate as f64 / (per_datagram * SENDERS) as f64;
    let total = (per_second * SECONDS_PER_RATE as f64) as usize;
    let started = Instant::now();
    for (index, datagram) in datagrams.iter().cycle().take(total).enumerate() {
        // Early by more than a tick: what is due meanwhile goes out together, as from many senders.
        let due = Duration::from_secs_f64(index as f64 / per_second);
        if due.saturating_sub(started.elapsed()) > TICK {
            std::thread::sleep(TICK);
        }
        socket.send(datagram.as_bytes())?;
    }
    Ok((total * per_datagram) as u64)
}

/// Datagrams over all contexts: counts, timings and distributions with four tags.
fn datagrams(per_datagram: usize) -> Vec<String> {
    let lines: Vec<String> = (0..NAMES * PLACES)
        .map(|context| {
            let (name, place) = (context % NAMES, context / NAMES);
            let (value, kind) = match context % 5 {
                3 => (context as f64 * 1.7, "ms"),
                4 => (context as f64 + 0.5, "d"),
                _ => (1.0, "c"),
            };
            format!(
                "bench.{name}:{value}|{kind}|#env:bench,service:shop-{place},region:kr-1,status:{}",
                200 + context % 3
            )
        })
        .collect();
    let lines = lines.iter().cycle();
    (0..NAMES * PLACES)
        .map(|index| {
            let part: Vec<&str> =
                lines.clone().skip(index * 7).take(per_datagram).map(String::as_str).collect();
            part.join("\n")
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn datagrams_hold_as_many_lines_as_asked_and_fit_a_network_packet() {
        for per_datagram in PER_DATAGRAM {
            for datagram in datagrams(per_datagram) {
                assert_eq!(datagram.lines().count(), per_datagram);
                assert!(datagram.len() <= 1432 || per_datagram == 1, "{}", datagram.len());
            }
        }
    }
}
