//! What must be on the machine, installed when we may and named when we may not.

use crate::programs::{on_path, run, succeeds};
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;

/// A Debian package and how we see that it is there.
struct Package {
    name: &'static str,
    present: fn() -> bool,
}

/// To compile: the C parts of the allocator, SQLite and zstd.
const TO_BUILD: &[Package] = &[
    Package { name: "gcc", present: || on_path("cc") || on_path("gcc") },
    Package { name: "libc6-dev", present: || Path::new("/usr/include/stdlib.h").exists() },
    Package { name: "make", present: || on_path("make") },
];

/// To run the tests of the crates: the catalog suite starts a PostgreSQL of its own.
const TO_TEST: &[Package] = &[Package { name: "postgresql", present: postgresql_present }];

/// To run the tests through the binary.
const TO_TEST_END_TO_END: &[Package] = &[
    Package { name: "python3", present: || on_path("python3") },
    Package { name: "curl", present: || on_path("curl") },
    Package { name: "openssl", present: || on_path("openssl") },
    // Their programs and modules are off the search path of most people.
    Package { name: "rsyslog", present: || Path::new("/usr/sbin/rsyslogd").exists() },
    Package { name: "rsyslog-elasticsearch", present: rsyslog_elasticsearch_present },
    Package { name: "redis-server", present: || on_path("redis-server") },
    Package { name: "chromium", present: || on_path("chromium") },
    Package { name: "chromium-driver", present: || on_path("chromedriver") },
    // Without it the Korean page is a page of empty boxes.
    Package { name: "fonts-noto-cjk", present: korean_font_present },
];

/// The oldest Node that the web tools support.
const NODE_MAJOR_MIN: u32 = 20;

/// What `cargo build` needs.
pub fn to_build() -> Result<()> {
    install_missing(TO_BUILD.iter())?;
    node()
}

/// What `cargo xtask test` needs, packages of Python and Node excepted.
pub fn to_test(workspace: &Workspace, end_to_end: bool) -> Result<()> {
    let packages = TO_BUILD.iter().chain(TO_TEST);
    if end_to_end {
        install_missing(packages.chain(TO_TEST_END_TO_END))?;
    } else {
        install_missing(packages)?;
    }
    node()?;
    rust_components(workspace)?;
    nextest(workspace)
}

/// Whether packages may be installed here: Debian (or a child of it), and we are root.
pub fn may_install_packages() -> bool {
    let root = Command::new("id").arg("-u").output();
    on_path("apt-get") && root.is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

/// Installs Debian packages. Call [`may_install_packages`] first.
pub fn install_packages(names: &[&str]) -> Result<()> {
    let update = apt_get().args(["update", "--quiet"]).status();
    if !update.is_ok_and(|status| status.success()) {
        eprintln!("`apt-get update` failed; trying with the lists that are here");
    }
    run(apt_get().args(["install", "--yes", "--quiet", "--no-install-recommends"]).args(names))
        .with_context(|| format!("failed to install {}", names.join(" ")))
}

fn apt_get() -> Command {
    let mut command = Command::new("apt-get");
    command.env("DEBIAN_FRONTEND", "noninteractive");
    command
}

fn install_missing<'a>(packages: impl Iterator<Item = &'a Package>) -> Result<()> {
    let missing: Vec<&str> =
        packages.filter(|package| !(package.present)()).map(|package| package.name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    if !may_install_packages() {
        bail!(
            "missing on this machine: {names}\ninstall with: sudo apt-get install {names}",
            names = missing.join(" ")
        );
    }
    println!("installing {}", missing.join(" "));
    install_packages(&missing)
}

fn postgresql_present() -> bool {
    // Debian keeps the server's programs in a folder per version, off the search path.
    let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    on_path("initdb") || versions.into_iter().any(|it| it.path().join("bin/initdb").exists())
}

fn rsyslog_elasticsearch_present() -> bool {
    // Debian keeps modules in a folder per architecture.
    let folders = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
    folders.into_iter().any(|it| it.path().join("rsyslog/omelasticsearch.so").exists())
}

fn korean_font_present() -> bool {
    let fonts = Command::new("fc-list").args([":lang=ko", "family"]).output();
    fonts.is_ok_and(|fonts| !fonts.stdout.trim_ascii().is_empty())
}

fn node() -> Result<()> {
    let output = Command::new("node").arg("--version").output();
    let version = output.ok().and_then(|output| String::from_utf8(output.stdout).ok());
    let major = version.as_deref().and_then(node_major);
    match major {
        Some(major) if major >= NODE_MAJOR_MIN => Ok(()),
        Some(major) => bail!("Node {major} is too old; install {NODE_MAJOR_MIN} or later"),
        None => bail!("Node is missing; install Node {NODE_MAJOR_MIN} or later (nodejs.org)"),
    }
}

fn node_major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

fn rust_components(workspace: &Workspace) -> Result<()> {
    for (command, component) in [("fmt", "rustfmt"), ("clippy", "clippy")] {
        if succeeds(workspace.cargo().args([command, "--version"])) {
            continue;
        }
        run(Command::new("rustup").args(["component", "add", component]))
            .with_context(|| format!("`cargo {command}` is missing; install {component}"))?;
    }
    Ok(())
}

fn nextest(workspace: &Workspace) -> Result<()> {
    if succeeds(workspace.cargo().args(["nextest", "--version"])) {
        return Ok(());
    }
    println!("installing cargo-nextest (some minutes, once)");
    run(workspace.cargo().args(["install", "cargo-nextest", "--locked"]))
        .context("failed to install cargo-nextest; see https://nexte.st for other ways")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_versions_are_read() {
        assert_eq!(node_major("v20.20.2\n"), Some(20));
        assert_eq!(node_major("20"), None);
    }
}
