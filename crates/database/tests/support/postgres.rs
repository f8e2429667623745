//! A private PostgreSQL server from the operating system's package, for one test.

use rustix::process::{Pid, Signal, kill_process};
use sqlx::{AnyConnection, Connection};
use std::os::unix::fs::{MetadataExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const START_SECONDS_MAX: u64 = 30;

/// A running server that listens on a socket in its own folder and goes away when dropped.
pub struct Postgres {
    server: Child,
    folder: tempfile::TempDir,
}

impl Postgres {
    /// Starts a server. Without the package: `None` and a visible line, or a failure where the
    /// test must not be skipped.
    pub async fn start() -> Option<Self> {
        let Some(programs) = find_programs() else {
            let required = ["CI", "HANNUN_REQUIRE_POSTGRES"]
                .iter()
                .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()));
            assert!(
                !required,
                "PostgreSQL is required here: install the Debian package postgresql"
            );
            eprintln!("SKIPPED: install the Debian package postgresql");
            return None;
        };
        sqlx::any::install_default_drivers();
        // In /tmp whatever TMPDIR says: the path of a socket may not exceed 107 bytes.
        let folder = tempfile::Builder::new().prefix("hannun-pg-").tempdir_in("/tmp").unwrap();
        let user = unprivileged_user(folder.path());
        let data = folder.path().join("data");
        let initialised = command(&programs.join("initdb"), user.as_ref(), folder.path())
            .args(["--auth=trust", "--username=postgres", "--encoding=UTF8", "--locale=C"])
            .args(["--no-sync", "--pgdata"])
            .arg(&data)
            .output()
            .unwrap();
        assert!(initialised.status.success(), "{}", String::from_utf8_lossy(&initialised.stderr));
        let server = command(&programs.join("postgres"), user.as_ref(), folder.path())
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(folder.path())
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-c", "shared_buffers=16MB"])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let postgres = Self { server, folder };
        postgres.wait_until_ready().await;
        Some(postgres)
    }

    /// Address of a database of this server.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@localhost/{database}?host={}", self.folder.path().display())
    }

    /// Creates an empty database and gives its address.
    pub async fn create_database(&self, name: &'static str) -> String {
        let mut connection = AnyConnection::connect(&self.url("postgres")).await.unwrap();
        let statement = format!("CREATE DATABASE {name}");
        sqlx::raw_sql(sqlx::AssertSqlSafe(statement)).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        self.url(name)
    }

    async fn wait_until_ready(&self) {
        let started = Instant::now();
        loop {
            match AnyConnection::connect(&self.url("postgres")).await {
                Ok(connection) => return connection.close().await.unwrap(),
                Err(error) => assert!(
                    started.elapsed() < Duration::from_secs(START_SECONDS_MAX),
                    "PostgreSQL did not start: {error}"
                ),
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // Immediate shutdown: unlike a kill it ends the server's own children as well.
        let _ = kill_process(Pid::from_child(&self.server), Signal::QUIT);
        let _ = self.server.wait();
    }
}

/// The folder that holds initdb and postgres: the newest of the package, else one of PATH.
fn find_programs() -> Option<PathBuf> {
    let mut folders: Vec<(u32, PathBuf)> = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| {
            let version = entry.file_name().to_string_lossy().parse().unwrap_or(0);
            (version, entry.path().join("bin"))
        })
        .collect();
    folders.sort();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let packaged = folders.into_iter().rev().map(|(_, folder)| folder);
    packaged
        .chain(std::env::split_paths(&path))
        .find(|folder| folder.join("initdb").exists() && folder.join("postgres").exists())
}

/// PostgreSQL refuses to run as root. Whoever is root gives the folder to another user.
fn unprivileged_user(folder: &Path) -> Option<String> {
    if std::fs::metadata(folder).unwrap().uid() != 0 {
        return None;
    }
    let (user, user_id, group_id) = ["postgres", "nobody"]
        .into_iter()
        .find_map(|user| Some((user, id_of("-u", user)?, id_of("-g", user)?)))
        .unwrap_or_else(|| panic!("needs a user postgres or nobody"));
    chown(folder, Some(user_id), Some(group_id)).unwrap();
    Some(user.to_owned())
}

fn id_of(option: &str, user: &str) -> Option<u32> {
    let output = Command::new("id").args([option, user]).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}

fn command(program: &Path, user: Option<&String>, folder: &Path) -> Command {
    let mut command = match user {
        None => Command::new(program),
        Some(user) => {
            let group = id_of("-g", user).unwrap().to_string();
            let mut command = Command::new("setpriv");
            command.args(["--reuid", user, "--regid", &group, "--init-groups", "--"]).arg(program);
            command
        }
    };
    // The folder of the test may be closed to that user.
    command.current_dir(folder).env_remove("PGDATA").env("HOME", folder);
    command
}
