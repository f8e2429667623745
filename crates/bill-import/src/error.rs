//! Why a bill was not imported.

use hannun_billing::daily::RollupError;
use hannun_billing::error::BillError;
use hannun_lake::LakeError;

/// Why an import failed. What was current before is current still.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("`{0}` is no place of a bill: give a folder, a file, or s3://bucket/prefix")]
    Location(String),
    #[error("{0}")]
    Request(String),
    #[error("failed to read {what}: {source}")]
    Io { what: String, source: std::io::Error },
    #[error("failed to read {what}: {source}")]
    Bucket { what: String, source: object_store::Error },
    #[error("{0}")]
    Credentials(String),
    #[error("there is no bill in {0}: it has no files, or none that is CSV or Parquet")]
    Nothing(String),
    #[error("there are more than {0} files in {1}; name a folder farther down")]
    TooManyFiles(usize, String),
    #[error("the bill in {0} has a header and no lines: export it again")]
    NoLines(String),
    #[error("`{0}` and `{1}` have the same content, which would count twice: remove one of them")]
    SameFile(String, String),
    #[error(
        "two bills of one month are here, in `{0}`: import each as a source of its own, naming its \
         folder"
    )]
    TwoBills(String),
    #[error(transparent)]
    Bill(#[from] BillError),
    #[error("failed to add up the lines: {0}")]
    Rollup(#[from] RollupError),
    #[error(
        "the lines that were written are not those that were read ({0}): nothing was imported, try \
         again"
    )]
    Totals(String),
    #[error(transparent)]
    Lake(#[from] LakeError),
    #[error(
        "bills have {used} bytes and may have {allowed}, a part of the disk budget; raise \
         --disk-budget"
    )]
    DiskBudget { used: u64, allowed: u64 },
    #[error("cancelled")]
    Cancelled,
    #[error("{0} imports are waiting already; try again later")]
    QueueFull(usize),
    #[error("a part of the import stopped unexpectedly: {0}")]
    Stopped(String),
}

impl ImportError {
    pub(crate) fn io(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Self {
        let what = what.into();
        move |source| Self::Io { what, source }
    }

    pub(crate) fn bucket(what: impl Into<String>) -> impl FnOnce(object_store::Error) -> Self {
        let what = what.into();
        move |source| Self::Bucket { what, source }
    }

    /// File, row and column that it is about, where there are some.
    pub fn place(&self) -> (Option<&str>, Option<u64>, Option<&str>) {
        match self {
            Self::Bill(error) => (Some(&error.file), error.row, error.column.as_deref()),
            _ => (None, None, None),
        }
    }

    /// Whether what was read so far is of use to another try, and may stay for it.
    pub(crate) fn leaves_progress(&self) -> bool {
        let in_the_bill = matches!(self, Self::Bill(_) | Self::Rollup(_) | Self::Totals(_));
        // What does not fit must not stay and take the room that is missing.
        !in_the_bill && !matches!(self, Self::DiskBudget { .. })
    }
}
