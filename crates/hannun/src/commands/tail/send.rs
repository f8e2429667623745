//! Sending: batches of JSON lines, again and again until the server has them.

use super::TailSettings;
use crate::commands::client::Server;
use anyhow::{Result, bail};
use hannun_intake::keys::KEY_HEADER;
use hannun_intake::lines::routes::BATCH_HEADER;
use hannun_intake::records::time;
use serde_json::{Value, json};
use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A batch is sent when it has this many bytes.
const BATCH_BYTES: usize = 1 << 20;
/// How long to wait before a batch is sent again, at first and at most.
const AGAIN_FIRST: Duration = Duration::from_millis(250);
const AGAIN_MAX: Duration = Duration::from_secs(5);
/// How long a server that reads to the end waits for.
const ONCE_GIVES_UP: Duration = Duration::from_secs(30);
/// A request is given up and sent again after this.
const REQUEST_MAX: Duration = Duration::from_secs(60);

/// Collects records and sends them.
pub struct Sender {
    url: String,
    key: Option<String>,
    agent: ureq::Agent,
    once: bool,
    batch: String,
    batch_records: usize,
    /// Names this process, and with the number of a batch no other batch.
    name: String,
    batch_number: u64,
    pub sent: usize,
    pub kept: u64,
}

impl Sender {
    pub fn new(settings: &TailSettings) -> Result<Self> {
        let (url, is_own) = match &settings.url {
            Some(url) => (url.trim_end_matches('/').to_owned(), false),
            None => (Server::of_folder(&settings.folder.data_dir)?.url().to_owned(), true),
        };
        let mut url = format!("{url}/ingest/logs");
        let named = [("service", &settings.service), ("env", &settings.env)];
        let mut separator = '?';
        for (name, value) in named {
            if let Some(value) = value {
                url.push_str(&format!("{separator}{name}={}", encoded(value)));
                separator = '&';
            }
        }
        // The folder vouches for its own server, whose certificate names another host.
        let tls = ureq::tls::TlsConfig::builder().disable_verification(is_own).build();
        let agent = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .timeout_global(Some(REQUEST_MAX))
            .tls_config(tls)
            .build()
            .into();
        Ok(Self {
            url,
            key: settings.key.clone(),
            agent,
            once: settings.once,
            batch: String::new(),
            batch_records: 0,
            name: format!("{:016x}", RandomState::new().build_hasher().finish()),
            batch_number: 0,
            sent: 0,
            kept: 0,
        })
    }

    /// Adds a record of a file; sends when enough is together.
    pub fn add(&mut self, file: &str, record: &[u8]) -> Result<()> {
        let text = String::from_utf8_lossy(record);
        // The time of reading stands in for one that the line does not say. A JSON line that says
        // one is believed by the server.
        let now_ns = now_ns();
        let time_ns = time::at_beginning(&text).unwrap_or(now_ns);
        let mut line = json!({"timestamp": time_ns, "message": text});
        if !file.is_empty() {
            line["log.file.path"] = file.into();
        }
        self.batch.push_str(&line.to_string());
        self.batch.push('\n');
        self.batch_records += 1;
        if self.batch.len() >= BATCH_BYTES { self.send() } else { Ok(()) }
    }

    /// Sends what is together, however long it takes the server to be there.
    pub fn send(&mut self) -> Result<()> {
        if self.batch_records == 0 {
            return Ok(());
        }
        let mut pause = AGAIN_FIRST;
        let started = std::time::Instant::now();
        loop {
            match self.try_send()? {
                Ok(answer) => {
                    self.kept += answer["accepted"].as_u64().unwrap_or(0);
                    tell_rejected(&answer);
                    break;
                }
                Err(reason) => {
                    if self.once && started.elapsed() > ONCE_GIVES_UP {
                        bail!("failed to send to {}: {reason}", self.url);
                    }
                    if pause == AGAIN_FIRST {
                        eprintln!("hannun: waiting for {}: {reason}", self.url);
                    }
                    std::thread::sleep(pause);
                    pause = (pause * 2).min(AGAIN_MAX);
                }
            }
        }
        self.batch_number += 1;
        self.sent += self.batch_records;
        self.batch_records = 0;
        self.batch.clear();
        Ok(())
    }

    /// The answer; or why to send again.
    fn try_send(&self) -> Result<std::result::Result<Value, String>> {
        // Sent again it is the same batch; equal lines later are others.
        let id = format!("{}-{}", self.name, self.batch_number);
        let mut request = self.agent.post(&self.url).header("content-type", "application/x-ndjson");
        request = request.header(BATCH_HEADER, id);
        if let Some(key) = &self.key {
            request = request.header(KEY_HEADER, key);
        }
        let mut answer = match request.send(self.batch.as_bytes()) {
            Ok(answer) => answer,
            Err(error) => return Ok(Err(error.to_string())),
        };
        let status = answer.status().as_u16();
        let body: Value = answer.body_mut().read_json().unwrap_or_default();
        let message = body.pointer("/error/message").and_then(Value::as_str);
        match status {
            200 => Ok(Ok(body)),
            400 if body.get("rejected").is_some() => Ok(Ok(body)),
            408 | 429 | 500.. => Ok(Err(message.unwrap_or("the server is busy").to_owned())),
            _ => {
                let message = message.unwrap_or("the server gave no reason");
                bail!("the server refused the lines ({status}): {message}")
            }
        }
    }
}

/// Tells the first lines that were not kept, and how many there are.
fn tell_rejected(answer: &Value) {
    let rejected = answer["rejected"].as_u64().unwrap_or(0);
    if rejected > 0 {
        let first = answer.pointer("/errors/0/reason").and_then(Value::as_str);
        eprintln!("hannun: {rejected} records were not kept: {}", first.unwrap_or("unknown"));
    }
}

fn encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

fn now_ns() -> i64 {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since_epoch.as_nanos()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::net::TcpListener;

    #[test]
    fn a_batch_keeps_its_id_when_it_is_sent_again_and_no_other_has_it() {
        let door = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut sender = Sender {
            url: format!("http://{}/ingest/logs", door.local_addr().unwrap()),
            key: None,
            agent: ureq::Agent::config_builder().http_status_as_error(false).build().into(),
            once: true,
            batch: String::new(),
            batch_records: 0,
            name: "name".to_owned(),
            batch_number: 0,
            sent: 0,
            kept: 0,
        };
        let serving = std::thread::spawn(move || {
            ["503 busy", "200 OK", "200 OK"].map(|status| {
                let mut stream = door.accept().unwrap().0;
                let mut request = vec![0; 1 << 16];
                let mut length = 0;
                while !request[..length].ends_with(b"}\n") {
                    length += stream.read(&mut request[length..]).unwrap();
                }
                let body = r#"{"accepted":1}"#;
                let head = "connection: close\r\ncontent-type: application/json";
                let length_head = format!("content-length: {}", body.len());
                write!(stream, "HTTP/1.1 {status}\r\n{head}\r\n{length_head}\r\n\r\n{body}")
                    .unwrap();
                let text = String::from_utf8_lossy(&request[..length]).to_lowercase();
                let id = text.lines().find_map(|line| line.strip_prefix("hannun-batch: "));
                id.unwrap_or_default().to_owned()
            })
        });
        for _ in 0..2 {
            sender.add("", b"2026-11-21T07:33:20Z equal").unwrap();
            sender.send().unwrap();
        }
        assert_eq!(serving.join().unwrap(), ["name-0", "name-0", "name-1"]);
        assert_eq!(sender.kept, 2);
    }
}
