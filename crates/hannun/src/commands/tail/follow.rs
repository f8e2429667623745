//! Files and standard input, read as far as they go.

use anyhow::{Context, Result};
use hannun_model::limits::{ATTRIBUTE_VALUE_BYTES_MAX, TAIL_WAITING_BYTES_MAX};
use std::fs::File;
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, TryRecvError, sync_channel};

/// Bytes read at a time.
const CHUNK_BYTES: usize = 64 * 1024;

/// What a look at a source gave.
#[derive(Debug)]
pub enum Step {
    /// Complete lines, without their ends.
    Lines(Vec<Vec<u8>>),
    /// Nothing now.
    Nothing,
    /// Nothing any more.
    End,
}

/// Where lines come from.
#[derive(Debug)]
pub struct Source {
    kind: Kind,
    /// The beginning of a line whose end has not come.
    rest: Vec<u8>,
    /// Whether the line is so long that what follows of it is left out.
    is_overlong: bool,
    has_ended: bool,
}

#[derive(Debug)]
enum Kind {
    File(Tracked),
    Input(Receiver<Vec<u8>>),
}

#[derive(Debug)]
struct Tracked {
    path: PathBuf,
    open: Option<File>,
    /// Device and number of the open file: another file of that name is a new one.
    identity: (u64, u64),
    position: u64,
    follows: bool,
    /// Whether what is read next is not what followed in the file before.
    is_another: bool,
}

impl Source {
    /// A file. One that is not there yet is waited for when it is followed.
    pub fn file(path: &Path, from_end: bool, follows: bool) -> Result<Self> {
        let mut tracked = Tracked {
            path: path.to_owned(),
            open: None,
            identity: (0, 0),
            position: 0,
            follows,
            is_another: false,
        };
        let is_there =
            tracked.open().with_context(|| format!("failed to open {}", path.display()))?;
        if !is_there && !follows {
            anyhow::bail!("there is no file {}", path.display());
        }
        if let Some(file) = tracked.open.as_mut().filter(|_| from_end) {
            tracked.position = file.seek(SeekFrom::End(0))?;
        }
        Ok(Self::of(Kind::File(tracked)))
    }

    /// Standard input, read ahead by a thread: a pipe cannot be asked whether it has more.
    pub fn standard_input() -> Self {
        let (sender, receiver) = sync_channel(TAIL_WAITING_BYTES_MAX / CHUNK_BYTES);
        std::thread::spawn(move || {
            let mut input = std::io::stdin().lock();
            let mut chunk = vec![0; CHUNK_BYTES];
            loop {
                match input.read(&mut chunk) {
                    Ok(0) => return,
                    Ok(bytes) if sender.send(chunk[..bytes].to_vec()).is_err() => return,
                    Ok(_) => {}
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(_) => return,
                }
            }
        });
        Self::of(Kind::Input(receiver))
    }

    fn of(kind: Kind) -> Self {
        Self { kind, rest: Vec::new(), is_overlong: false, has_ended: false }
    }

    /// Whether nothing comes any more.
    pub fn has_ended(&self) -> bool {
        self.has_ended
    }

    /// Reads what is there.
    pub fn read(&mut self) -> Result<Step> {
        if self.has_ended {
            return Ok(Step::End);
        }
        let mut is_cut_off = false;
        let chunk = match &mut self.kind {
            Kind::File(file) => {
                let chunk = file.read_chunk()?;
                if chunk.is_none() && !file.follows {
                    self.has_ended = true;
                }
                is_cut_off = std::mem::take(&mut file.is_another);
                chunk
            }
            Kind::Input(chunks) => match chunks.try_recv() {
                Ok(chunk) => Some(chunk),
                Err(TryRecvError::Empty) => None,
                Err(TryRecvError::Disconnected) => {
                    self.has_ended = true;
                    None
                }
            },
        };
        let mut lines = match chunk {
            Some(chunk) => self.split(&chunk),
            None => Vec::new(),
        };
        // The line that a file ended with does not go on in its successor.
        if (self.has_ended || is_cut_off) && !self.rest.is_empty() {
            lines.push(std::mem::take(&mut self.rest));
            self.is_overlong = false;
        }
        Ok(match (lines.is_empty(), self.has_ended) {
            (false, _) => Step::Lines(lines),
            (true, false) => Step::Nothing,
            (true, true) => Step::End,
        })
    }

    fn split(&mut self, chunk: &[u8]) -> Vec<Vec<u8>> {
        let mut lines = Vec::new();
        let mut parts = chunk.split(|byte| *byte == b'\n').peekable();
        while let Some(part) = parts.next() {
            // The server keeps no more of a line; the rest of it is not worth the memory.
            let room = (ATTRIBUTE_VALUE_BYTES_MAX + 1).saturating_sub(self.rest.len());
            self.is_overlong |= part.len() > room;
            self.rest.extend_from_slice(&part[..part.len().min(room)]);
            if parts.peek().is_some() {
                if self.rest.last() == Some(&b'\r') {
                    self.rest.pop();
                }
                lines.push(std::mem::take(&mut self.rest));
                self.is_overlong = false;
            }
        }
        lines
    }
}

impl Tracked {
    /// Opens the file of this name; false when there is none.
    fn open(&mut self) -> std::io::Result<bool> {
        match File::open(&self.path) {
            Ok(file) => {
                let metadata = file.metadata()?;
                self.identity = (metadata.dev(), metadata.ino());
                self.position = 0;
                self.open = Some(file);
                Ok(true)
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    fn read_chunk(&mut self) -> Result<Option<Vec<u8>>> {
        let told = || format!("failed to read {}", self.path.display());
        if let Some(file) = &mut self.open {
            let mut chunk = vec![0; CHUNK_BYTES];
            let bytes = file.read(&mut chunk).with_context(told)?;
            if bytes > 0 {
                self.position += bytes as u64;
                chunk.truncate(bytes);
                return Ok(Some(chunk));
            }
        }
        if self.follows {
            self.follow_rotation()?;
        }
        Ok(None)
    }

    /// At the end of the file: begins again when it was cut, and opens its successor.
    fn follow_rotation(&mut self) -> Result<()> {
        let metadata = match std::fs::metadata(&self.path) {
            Ok(metadata) => metadata,
            // Between the rename and the new file.
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        let is_same = self.open.is_some() && self.identity == (metadata.dev(), metadata.ino());
        if !is_same {
            self.is_another = self.open()?;
        } else if metadata.len() < self.position
            && let Some(file) = &mut self.open
        {
            self.position = file.seek(SeekFrom::Start(0))?;
            self.is_another = true;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn lines(source: &mut Source) -> Vec<String> {
        let mut all = Vec::new();
        // One look may only find that the file was replaced.
        for _ in 0..3 {
            if let Step::Lines(lines) = source.read().unwrap() {
                all.extend(lines.into_iter().map(|line| String::from_utf8(line).unwrap()));
            }
        }
        all
    }

    #[test]
    fn a_file_is_followed_through_rotation_and_truncation() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.log");
        let mut source = Source::file(&path, false, true).unwrap();
        assert!(lines(&mut source).is_empty(), "the file is not there yet");
        let mut file = File::create(&path).unwrap();
        file.write_all(b"one\r\ntw").unwrap();
        assert_eq!(lines(&mut source), ["one"]);
        file.write_all(b"o\nthree\n").unwrap();
        std::fs::rename(&path, folder.path().join("app.log.1")).unwrap();
        std::fs::write(&path, "four\n").unwrap();
        assert_eq!(lines(&mut source), ["two", "three", "four"]);
        std::fs::write(&path, "5\n").unwrap();
        assert_eq!(lines(&mut source), ["5"], "the file was cut and written anew");
    }

    #[test]
    fn a_file_that_is_read_once_ends_with_its_unfinished_line() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.log");
        assert!(Source::file(&path, false, false).is_err());
        std::fs::write(&path, "a\nb").unwrap();
        let mut source = Source::file(&path, false, false).unwrap();
        assert_eq!(lines(&mut source), ["a", "b"]);
        assert!(matches!(source.read().unwrap(), Step::End));
    }

    #[test]
    fn an_unfinished_line_does_not_go_on_in_the_next_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.log");
        std::fs::write(&path, "one\nunfinished").unwrap();
        let mut source = Source::file(&path, false, true).unwrap();
        assert_eq!(lines(&mut source), ["one"]);
        std::fs::rename(&path, folder.path().join("app.log.1")).unwrap();
        std::fs::write(&path, "two\ncut").unwrap();
        assert_eq!(lines(&mut source), ["unfinished", "two"]);
        std::fs::write(&path, "3\n").unwrap();
        assert_eq!(lines(&mut source), ["cut", "3"]);
    }

    #[test]
    fn a_file_that_is_read_once_has_not_ended_between_two_reads() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.log");
        std::fs::write(&path, "x".repeat(CHUNK_BYTES + 1)).unwrap();
        let mut source = Source::file(&path, false, false).unwrap();
        assert!(matches!(source.read().unwrap(), Step::Nothing));
        assert!(!source.has_ended());
        assert_eq!(lines(&mut source)[0].len(), CHUNK_BYTES + 1);
        assert!(source.has_ended());
    }

    #[test]
    fn a_line_is_kept_up_to_what_the_server_keeps() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.log");
        std::fs::write(&path, "x".repeat(10 << 20) + "\nnext\n").unwrap();
        let mut source = Source::file(&path, false, false).unwrap();
        let mut all = Vec::new();
        while !matches!(
            source.read().map(|step| match step {
                Step::Lines(lines) => all.extend(lines),
                Step::Nothing => {}
                Step::End => all.push(Vec::new()),
            }),
            Ok(())
        ) || all.last().is_none_or(|last| !last.is_empty())
        {}
        assert_eq!(all[0].len(), ATTRIBUTE_VALUE_BYTES_MAX + 1);
        assert_eq!(all[1], b"next");
    }
}
