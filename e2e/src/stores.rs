//! PostgreSQL and Redis from the operating system's packages, for one test.

use crate::tools::skip;
use rustix::process::{Pid, Signal, kill_process};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// A program that is ended when it is dropped.
#[derive(Debug)]
pub struct Running {
    child: Child,
    signal: Signal,
    pub port: u16,
    _folder: Option<tempfile::TempDir>,
}

impl Running {
    pub fn new(child: Child, port: u16) -> Self {
        Self { child, signal: Signal::TERM, port, _folder: None }
    }

    /// Waits until something answers at the port.
    pub fn ready(mut self, what: &str) -> Self {
        crate::eventually(what, 60, || {
            let ended = self.child.try_wait().unwrap();
            assert!(ended.is_none(), "{what} ended: {ended:?}");
            TcpStream::connect(("127.0.0.1", self.port)).is_ok()
        });
        self
    }

    /// Asks it to end, and waits until it has.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        let _ = kill_process(Pid::from_child(&self.child), self.signal);
        let _ = self.child.wait();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.end();
    }
}

/// A port that nobody listens on now.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// Redis that keeps nothing.
pub fn redis() -> Option<Running> {
    let mut command = crate::tools::program("redis-server")?;
    let port = free_port();
    command.args(["--bind", "127.0.0.1", "--port", &port.to_string()]);
    command.args(["--save", "", "--appendonly", "no"]).stdout(Stdio::null());
    Some(Running::new(command.spawn().unwrap(), port).ready("Redis listens"))
}

/// PostgreSQL with one database, `postgres`, whose owner is `postgres` without a password.
pub fn postgres() -> Option<Running> {
    let Some(programs) = postgres_programs() else {
        skip("PostgreSQL is not installed (Debian package postgresql)");
        return None;
    };
    let folder = tempfile::Builder::new().prefix("hannun-pg-").tempdir_in("/tmp").unwrap();
    let user = unprivileged_user(folder.path());
    let data = folder.path().join("data");
    let mut initialise = command(&programs.join("initdb"), user, folder.path());
    initialise.args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C"]);
    crate::tools::output_of(initialise.args(["--no-sync", "--pgdata"]).arg(&data));
    let port = free_port();
    let mut server = command(&programs.join("postgres"), user, folder.path());
    server.arg("-D").arg(&data).arg("-k").arg(folder.path()).args(["-p", &port.to_string()]);
    server.args(["-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]);
    server.stdout(Stdio::null()).stderr(Stdio::null());
    let child = server.spawn().unwrap();
    // Its immediate shutdown: unlike a kill it ends the server's own children as well.
    let running = Running { child, signal: Signal::QUIT, port, _folder: Some(folder) };
    Some(running.ready("PostgreSQL listens"))
}

/// The folder of initdb and postgres: of the newest package, else one of the search path.
fn postgres_programs() -> Option<PathBuf> {
    let entries = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut packaged: Vec<PathBuf> = entries.map(|entry| entry.path().join("bin")).collect();
    packaged.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    packaged
        .into_iter()
        .rev()
        .chain(std::env::split_paths(&path))
        .find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}

/// PostgreSQL refuses to run as root, who gives the folder to somebody else.
fn unprivileged_user(folder: &Path) -> Option<(u32, u32)> {
    if std::fs::metadata(folder).unwrap().uid() != 0 {
        return None;
    }
    let ids = ["postgres", "nobody"]
        .into_iter()
        .find_map(|user| Some((id("-u", user)?, id("-g", user)?)));
    let (user, group) = ids.expect("a user postgres or nobody");
    chown(folder, Some(user), Some(group)).unwrap();
    Some((user, group))
}

fn id(option: &str, user: &str) -> Option<u32> {
    let output = Command::new("id").args([option, user]).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

fn command(program: &Path, user: Option<(u32, u32)>, folder: &Path) -> Command {
    use std::os::unix::process::CommandExt;
    let mut command = Command::new(program);
    if let Some((user, group)) = user {
        command.uid(user).gid(group);
    }
    command.current_dir(folder).env_remove("PGDATA").env("HOME", folder).stdin(Stdio::null());
    command
}
