//! Where things are: the clone, the one target folder, the cache; and `cargo` started with them.

use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The folders that every command works with.
#[derive(Debug)]
pub struct Workspace {
    /// The clone.
    pub root: PathBuf,
    /// Build results of every command, outside the clone so that a fresh clone finds them again.
    pub target: PathBuf,
    /// Installed programs, Python environments and the data of the demo.
    pub cache: PathBuf,
}

/// What builds the binary.
///
/// Naming a test makes cargo select features as it does for the tests. Without it the binary would
/// ask for slightly other features, and the engine would be compiled a second time.
pub const BINARY_TARGETS: [&str; 5] =
    ["--workspace", "--bin", "hannun", "--test", "column_reference"];

impl Workspace {
    pub fn find() -> Result<Self> {
        let root = match std::env::var_os("CARGO_MANIFEST_DIR") {
            Some(manifest) => PathBuf::from(manifest).join(".."),
            None => std::env::current_dir().context("failed to find the current folder")?,
        };
        let root = root.canonicalize().context("failed to find the clone")?;
        if !root.join("xtask/Cargo.toml").exists() {
            bail!("{} is not the root of the clone", root.display());
        }
        let cache = match std::env::var_os("HANNUN_CACHE_DIR") {
            Some(cache) => PathBuf::from(cache),
            None => PathBuf::from(std::env::var_os("HOME").context("HOME is not set")?)
                .join(".cache/hannun"),
        };
        let target = std::env::var_os("CARGO_TARGET_DIR")
            .map_or_else(|| cache.join("target"), PathBuf::from);
        Ok(Self { target: absolute(&target)?, cache: absolute(&cache)?, root })
    }

    /// The built binary `name` of `profile` (`debug` or `release`).
    pub fn binary(&self, profile: &str, name: &str) -> PathBuf {
        self.target.join(profile).join(name)
    }

    /// `cargo` in the clone with the one target folder.
    pub fn cargo(&self) -> Command {
        let program = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(program);
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        // `cargo run` describes this package to its child. Some build scripts watch these
        // variables and would compile again each time.
        for (name, _) in std::env::vars_os() {
            if name.to_str().is_some_and(describes_the_running_package) {
                command.env_remove(name);
            }
        }
        command
    }
}

fn describes_the_running_package(variable: &str) -> bool {
    variable.starts_with("CARGO_PKG_")
        || variable.starts_with("CARGO_MANIFEST_")
        || ["CARGO_BIN_NAME", "CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE", "OUT_DIR"]
            .contains(&variable)
}

fn absolute(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).with_context(|| format!("failed to resolve {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cargo_children_do_not_inherit_what_describes_xtask() {
        assert!(describes_the_running_package("CARGO_PKG_NAME"));
        assert!(describes_the_running_package("CARGO_MANIFEST_DIR"));
        assert!(!describes_the_running_package("CARGO_TARGET_DIR"));
        assert!(!describes_the_running_package("CARGO_HOME"));
    }
}
