//! Secrets of a data folder: made at the first start, readable by their owner only.

use anyhow::{Context, Result};
use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// File of the token that the command line uses against a running server.
pub const OWNER_TOKEN_FILE: &str = "owner.token";
/// File of the first intake key.
pub const INTAKE_KEY_FILE: &str = "intake.key";

/// A secret and whether it was made just now.
pub struct Secret {
    pub text: String,
    pub new: bool,
}

/// Reads a secret of the folder, making it when there is none.
pub fn read_or_create(folder: &Path, file: &str, prefix: &str) -> Result<Secret> {
    let path = folder.join(file);
    match std::fs::read_to_string(&path) {
        Ok(text) if !text.trim().is_empty() => {
            return Ok(Secret { text: text.trim().to_owned(), new: false });
        }
        Ok(_) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => {
            return Err(error).with_context(|| format!("failed to read {}", path.display()));
        }
    }
    let text = format!("{prefix}{}", random_hex()?);
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(&path)
        .with_context(|| format!("failed to write {}", path.display()))?;
    writeln!(file, "{text}")?;
    file.sync_all()?;
    Ok(Secret { text, new: true })
}

fn random_hex() -> Result<String> {
    let mut bytes = [0u8; 24];
    std::fs::File::open("/dev/urandom")
        .and_then(|mut file| file.read_exact(&mut bytes))
        .context("failed to read random bytes")?;
    let mut hex = String::new();
    hannun_model::value::write_hex(&mut hex, &bytes);
    Ok(hex)
}
