//! `hannun tail`: follows files or standard input and sends their lines as log records.

mod follow;
mod join;
mod send;

use crate::config::Folder;
use anyhow::{Result, bail};
use clap::Args;
use follow::{Source, Step};
use join::Joiner;
use send::Sender;
use std::path::PathBuf;
use std::time::{Duration, Instant};

#[derive(Debug, Clone, Args)]
pub struct TailSettings {
    /// Files to follow through rotation and truncation; `-` is standard input.
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Service of records that do not name one.
    #[arg(long, value_name = "NAME")]
    pub service: Option<String>,
    /// Environment of records that do not name one, such as prod.
    #[arg(long, value_name = "NAME")]
    pub env: Option<String>,
    /// Read to the end and stop instead of waiting for more.
    #[arg(long)]
    pub once: bool,
    /// Begin at the end of the files instead of their beginning.
    #[arg(long, conflicts_with = "once")]
    pub from_end: bool,
    #[command(flatten)]
    pub folder: Folder,
    /// Server to send to instead of the one of the data folder, such as http://10.0.0.7:7070.
    #[arg(long, env = "HANNUN_URL", value_name = "URL")]
    pub url: Option<String>,
    /// Intake key, for a server on another machine.
    #[arg(long, env = "HANNUN_INTAKE_KEY", hide_env_values = true, value_name = "KEY")]
    pub key: Option<String>,
}

/// How long a record waits for a line that belongs to it, and for others to be sent with.
const WAIT: Duration = Duration::from_millis(400);
/// How often files are looked at when nothing comes.
const POLL: Duration = Duration::from_millis(100);

/// A file and the record of it that is not complete yet.
struct Followed {
    name: String,
    source: Source,
    joiner: Joiner,
}

pub fn run(settings: &TailSettings) -> Result<()> {
    let mut sender = Sender::new(settings)?;
    let mut followed = Vec::new();
    for path in &settings.files {
        let is_input = path.as_os_str() == "-";
        let source = if is_input {
            Source::standard_input()
        } else {
            Source::file(path, settings.from_end, !settings.once)?
        };
        let name = if is_input { String::new() } else { path.display().to_string() };
        followed.push(Followed { name, source, joiner: Joiner::default() });
    }
    let mut last_sent = Instant::now();
    let mut open = true;
    while open {
        let mut is_quiet = true;
        open = false;
        for file in &mut followed {
            match file.source.read()? {
                Step::Lines(lines) => {
                    is_quiet = false;
                    open = true;
                    for line in lines {
                        if let Some(record) = file.joiner.push(&line) {
                            sender.add(&file.name, &record)?;
                        }
                    }
                }
                Step::Nothing => open |= !file.source.has_ended(),
                Step::End => {}
            }
            let is_due = file.joiner.waited() > WAIT || file.source.has_ended();
            if is_due && let Some(record) = file.joiner.take() {
                sender.add(&file.name, &record)?;
            }
        }
        if is_quiet || last_sent.elapsed() > WAIT {
            sender.send()?;
            last_sent = Instant::now();
        }
        if is_quiet && open {
            std::thread::sleep(POLL);
        }
    }
    for file in &mut followed {
        if let Some(record) = file.joiner.take() {
            sender.add(&file.name, &record)?;
        }
    }
    sender.send()?;
    eprintln!("sent {} records; the server kept {}", sender.sent, sender.kept);
    if sender.kept == 0 && sender.sent > 0 {
        bail!("the server kept none of the records");
    }
    Ok(())
}
