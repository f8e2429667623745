//! What differs between SQLite and PostgreSQL: how they are reached, and how they lock.

use super::error::CatalogError;
use super::schema;
use hannun_model::limits::{
    CATALOG_ACQUIRE_SECONDS_MAX, CATALOG_POSTGRES_CONNECTIONS_MAX, CATALOG_SQLITE_CONNECTIONS_MAX,
};
use sqlx::any::{AnyConnectOptions, AnyPoolOptions};
use sqlx::{AnyConnection, AnyPool, Connection, Row};
use std::ffi::OsString;
use std::fs::Metadata;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

/// Settings of every SQLite connection. A commit must be on disk when it returns (FULL), and the
/// cache (KiB, negative by SQLite's convention) stays small: the lake keeps its own copy in memory.
const SQLITE_SETTINGS: &[&str] = &[
    "PRAGMA busy_timeout = 5000",
    "PRAGMA synchronous = FULL",
    "PRAGMA foreign_keys = ON",
    "PRAGMA cache_size = -1024",
];
const POSTGRES_SETTINGS: &[&str] = &["SET lock_timeout = '5s'"];

/// Which database keeps the catalog.
#[derive(Debug, Clone)]
pub(super) enum Engine {
    Sqlite(CatalogFile),
    Postgres,
}

impl Engine {
    /// Starts a transaction that will write. SQLite takes its lock at once, because a reader that
    /// turns writer late cannot wait for it.
    pub(super) fn begin_write(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "BEGIN IMMEDIATE",
            Self::Postgres => "BEGIN",
        }
    }

    /// Starts a transaction whose reads all see the same commit.
    pub(super) fn begin_read(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "BEGIN",
            Self::Postgres => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
        }
    }

    /// Keeps every other writer out until the transaction ends. SQLite's already are.
    pub(super) fn lock_everything(&self) -> Option<&'static str> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres => Some(
                "LOCK TABLE wal_checkpoint, file, time_window, tombstone, lake_table IN EXCLUSIVE MODE",
            ),
        }
    }

    /// Two nodes that start at once must not create the same tables.
    fn lock_migration(&self) -> Option<&'static str> {
        match self {
            Self::Sqlite(_) => None,
            Self::Postgres => Some("SELECT pg_advisory_xact_lock(7070070)"),
        }
    }

    fn settings(&self) -> &'static [&'static str] {
        match self {
            Self::Sqlite(_) => SQLITE_SETTINGS,
            Self::Postgres => POSTGRES_SETTINGS,
        }
    }

    /// Fails when the file is not the one that was opened: SQLite itself would go on writing to a
    /// file that no longer has a name.
    pub(super) fn check_present(&self) -> Result<(), CatalogError> {
        match self {
            Self::Sqlite(file) => file.check_present(),
            Self::Postgres => Ok(()),
        }
    }

    /// As [`Self::check_present`], after a commit: then the write-ahead log must be there as well.
    pub(super) fn check_kept(&self) -> Result<(), CatalogError> {
        match self {
            Self::Sqlite(file) => file.check_kept(),
            Self::Postgres => Ok(()),
        }
    }
}

/// The file of a SQLite catalog, as it was when it was opened.
#[derive(Debug, Clone)]
pub(super) struct CatalogFile {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl CatalogFile {
    /// Finds the file or makes an empty one, which SQLite takes for a new database. Connections
    /// are told never to create it, so none can quietly start over when it vanishes.
    fn find_or_create(path: PathBuf) -> Result<Self, CatalogError> {
        let failed = |error: std::io::Error| {
            CatalogError::other(format!(
                "catalog file {} cannot be opened: {error}",
                path.display()
            ))
        };
        if !path.exists() {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder).map_err(failed)?;
            }
            // What a removed catalog left behind would be replayed into the new one.
            for suffix in ["-wal", "-shm"] {
                match std::fs::remove_file(with_suffix(&path, suffix)) {
                    Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                        return Err(failed(error));
                    }
                    _ => {}
                }
            }
            std::fs::OpenOptions::new()
                .write(true)
                .create(true)
                .truncate(false)
                .open(&path)
                .map_err(failed)?;
        }
        let metadata = std::fs::metadata(&path).map_err(failed)?;
        Ok(Self { device: metadata.dev(), inode: metadata.ino(), path })
    }

    fn check_present(&self) -> Result<(), CatalogError> {
        let is_same =
            |metadata: &Metadata| metadata.dev() == self.device && metadata.ino() == self.inode;
        match std::fs::metadata(&self.path) {
            Ok(metadata) if is_same(&metadata) => Ok(()),
            _ => Err(CatalogError::removed(&self.path)),
        }
    }

    fn check_kept(&self) -> Result<(), CatalogError> {
        self.check_present()?;
        let wal = with_suffix(&self.path, "-wal");
        if wal.exists() { Ok(()) } else { Err(CatalogError::removed(&wal)) }
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

/// Address of the SQLite catalog at an absolute path; the characters that an address uses for
/// itself are escaped.
pub fn sqlite_url(path: &Path) -> String {
    let mut url = String::from("sqlite://");
    for byte in path.as_os_str().as_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'~' => url.push(char::from(*byte)),
            byte if byte.is_ascii_alphanumeric() => url.push(char::from(*byte)),
            byte => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url
}

fn sqlite_path(url: &str) -> Option<PathBuf> {
    let escaped = url.strip_prefix("sqlite://").filter(|path| path.starts_with('/'))?.as_bytes();
    let mut path = Vec::with_capacity(escaped.len());
    let mut index = 0;
    while let Some(byte) = escaped.get(index) {
        if *byte == b'%' {
            let digits = std::str::from_utf8(escaped.get(index + 1..index + 3)?).ok()?;
            path.push(u8::from_str_radix(digits, 16).ok()?);
            index += 3;
        } else if *byte == b'?' || *byte == b'#' {
            return None;
        } else {
            path.push(*byte);
            index += 1;
        }
    }
    Some(PathBuf::from(OsString::from_vec(path)))
}

/// Opens the database, creates what is missing, and hands out its pool.
pub(super) async fn open(url: &str) -> Result<(Engine, AnyPool), CatalogError> {
    sqlx::any::install_default_drivers();
    let (engine, url) = parse(url)?;
    let options = AnyConnectOptions::from_str(&url)?;
    // By hand rather than through the pool, which hides why a connection could not be set up.
    let mut connection = AnyConnection::connect_with(&options).await?;
    let prepared = prepare(&engine, &mut connection).await;
    if prepared.is_ok() {
        // Kept open by an error, the file would stay locked until the connection is dropped.
        connection.close().await?;
    } else {
        let _ = connection.close_hard().await;
    }
    prepared?;
    Ok((engine.clone(), pool(&engine, options)))
}

fn parse(url: &str) -> Result<(Engine, String), CatalogError> {
    if url.starts_with("postgres://") || url.starts_with("postgresql://") {
        return Ok((Engine::Postgres, url.to_owned()));
    }
    let path = sqlite_path(url).ok_or_else(|| {
        // Without the address itself: it may hold a password.
        CatalogError::other(
            "address of the catalog is not understood, use sqlite:///absolute/path or \
             postgres://user@host/database",
        )
    })?;
    let url = format!("{}?mode=rw", sqlite_url(&path));
    Ok((Engine::Sqlite(CatalogFile::find_or_create(path)?), url))
}

async fn prepare(engine: &Engine, connection: &mut AnyConnection) -> Result<(), CatalogError> {
    apply_settings(engine, connection).await?;
    if let Engine::Sqlite(_) = engine {
        sqlx::query("PRAGMA journal_mode = WAL").execute(&mut *connection).await?;
        let verdict: String =
            sqlx::query("PRAGMA quick_check(1)").fetch_one(&mut *connection).await?.try_get(0)?;
        if verdict != "ok" {
            return Err(CatalogError::corrupt(verdict));
        }
    }
    let mut transaction = connection.begin_with(engine.begin_write()).await?;
    if let Some(lock) = engine.lock_migration() {
        sqlx::query(lock).execute(&mut *transaction).await?;
    }
    schema::migrate(&mut transaction).await?;
    transaction.commit().await?;
    engine.check_present()
}

async fn apply_settings(engine: &Engine, connection: &mut AnyConnection) -> sqlx::Result<()> {
    for setting in engine.settings() {
        sqlx::query(*setting).execute(&mut *connection).await?;
    }
    Ok(())
}

fn pool(engine: &Engine, options: AnyConnectOptions) -> AnyPool {
    let pool =
        AnyPoolOptions::new().acquire_timeout(Duration::from_secs(CATALOG_ACQUIRE_SECONDS_MAX));
    let pool = match engine {
        Engine::Sqlite(_) => pool
            .max_connections(CATALOG_SQLITE_CONNECTIONS_MAX)
            .idle_timeout(None)
            .max_lifetime(None),
        Engine::Postgres => pool.max_connections(CATALOG_POSTGRES_CONNECTIONS_MAX),
    };
    let engine = engine.clone();
    pool.after_connect(move |connection, _| {
        let engine = engine.clone();
        Box::pin(async move { apply_settings(&engine, connection).await })
    })
    .connect_lazy_with(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_path_survives_being_an_address() {
        for path in ["/data/catalog.sqlite", "/데이터/a b%20?#.sqlite", "/a+b&c=d"] {
            assert_eq!(sqlite_path(&sqlite_url(Path::new(path))), Some(PathBuf::from(path)));
        }
    }

    #[test]
    fn other_addresses_are_refused_without_repeating_them() {
        for url in ["sqlite://relative", "sqlite:///a?mode=ro", "mysql://user:secret@host/db", ""] {
            let message = parse(url).unwrap_err().to_string();
            assert!(message.contains("sqlite:///absolute/path"), "{message}");
            assert!(!message.contains("secret"), "{message}");
        }
    }
}
