//! What people decided: who they are, what they may do, and documents with all their revisions.
//!
//! A [`Ledger`] is one database (SQLite, or PostgreSQL for several nodes). Start with
//! [`documents`]: nearly everything that people decide about telemetry is a document of some
//! [`kinds`], and [`apply`] makes a set of them true at once. [`users`], [`links`], [`sessions`] and
//! [`keys`] say who may, [`audit`] says who did. Secrets are kept as hashes only.
//!
//! Every change is one transaction that also writes its line of the audit trail, and a transaction
//! that decides by what it reads is the only writer until it ends. A crash therefore leaves all of
//! a change or nothing.
//!
//! ```
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use hannun_ledger::{Actor, KindRegistry, Ledger, Put, SAVED_VIEW};
//!
//! # let folder = tempfile::tempdir()?;
//! let url = hannun_database::sqlite_url(&folder.path().join("ledger.sqlite"));
//! let ledger = Ledger::open(&url, KindRegistry::new([SAVED_VIEW])?).await?;
//! let view = ledger
//!     .put_document(
//!         &Actor::local_owner(),
//!         Put {
//!             kind: "saved-view".to_owned(),
//!             id: "slow-orders".to_owned(),
//!             body: serde_json::json!({"title": "Slow orders", "lens": "query", "path": "/query"}),
//!             expected_revision: 0,
//!             message: None,
//!         },
//!     )
//!     .await?;
//! assert_eq!(view.revision, 1);
//! # Ok(())
//! # }
//! ```

pub mod actor;
pub mod apply;
mod attempts;
pub mod audit;
mod changes;
pub mod documents;
pub mod error;
pub mod files;
pub mod keys;
pub mod kinds;
pub mod links;
pub mod located;
mod password;
mod rows;
mod schema;
mod secret;
pub mod sessions;
pub mod users;
mod yaml;

pub use actor::{Actor, Role};
pub use apply::{Action, Applied, Apply, Change};
pub use audit::AuditEntry;
pub use documents::{Document, Put};
pub use error::{FieldError, LedgerError};
pub use files::{FileError, Foreign, read_files, write_folder};
pub use keys::{CreatedKey, IntakeKeys, Key, KeyKind, NewKey};
pub use kinds::{DISPLAY_SETTINGS, Kind, KindRegistry, RegisteredKind, SAVED_VIEW};
pub use links::{Link, LinkPurpose, NewLink};
pub use located::{Located, located};
pub use sessions::{Session, SignIn};
pub use users::{User, UserChange, UserName};
pub use yaml::{FileDocument, YamlFault, body_text, to_yaml};

use attempts::Attempts;
use hannun_database::Database;
use parking_lot::{Mutex, RwLock};
use password::Passwords;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

/// Tells the time in milliseconds since 1970; tests set it.
pub type Clock = Arc<dyn Fn() -> i64 + Send + Sync>;

/// An open ledger. Cheap to clone; all clones are the same one.
#[derive(Clone)]
pub struct Ledger {
    shared: Arc<Shared>,
}

struct Shared {
    database: Database,
    kinds: KindRegistry,
    clock: Clock,
    passwords: Passwords,
    attempts: Mutex<Attempts>,
    intake_keys: RwLock<Arc<IntakeKeys>>,
    /// One refresh at a time: an older answer must not replace a newer one.
    refreshing: tokio::sync::Mutex<()>,
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Ledger").field("database", &self.shared.database).finish()
    }
}

impl Ledger {
    /// Opens the ledger at `sqlite:///absolute/path` (see [`hannun_database::sqlite_url`]) or
    /// `postgres://…`, creating it when it is missing.
    pub async fn open(url: &str, kinds: KindRegistry) -> Result<Self, LedgerError> {
        Self::open_with_clock(url, kinds, Arc::new(system_time_ms)).await
    }

    /// As [`Self::open`], with a clock of the caller's.
    pub async fn open_with_clock(
        url: &str,
        kinds: KindRegistry,
        clock: Clock,
    ) -> Result<Self, LedgerError> {
        let database = Database::open(url, schema::LAYOUT).await?;
        let ledger = Self {
            shared: Arc::new(Shared {
                database,
                kinds,
                clock,
                passwords: Passwords::default(),
                attempts: Mutex::new(Attempts::default()),
                intake_keys: RwLock::new(Arc::new(IntakeKeys::default())),
                refreshing: tokio::sync::Mutex::new(()),
            }),
        };
        ledger.passwords().prepare().await?;
        ledger.refresh().await?;
        Ok(ledger)
    }

    /// Waits for running calls and closes. Later calls fail.
    pub async fn close(&self) {
        self.database().close().await;
    }

    /// The kinds of documents that are known.
    pub fn kinds(&self) -> &KindRegistry {
        &self.shared.kinds
    }

    fn database(&self) -> &Database {
        &self.shared.database
    }

    fn passwords(&self) -> &Passwords {
        &self.shared.passwords
    }

    fn attempts(&self) -> &Mutex<Attempts> {
        &self.shared.attempts
    }

    fn now_ms(&self) -> i64 {
        (self.shared.clock)()
    }
}

fn system_time_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}
