//! The formats that a bill can be written in.

use crate::GenerateError;
use crate::columns::focus::FocusVersion;

/// A format, with the way that AWS delivers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// Legacy Cost and Usage Report as CSV, every version in a folder of its own.
    CurLegacy,
    /// The same, where a version overwrites the one before.
    CurLegacyOverwrite,
    Cur2Csv,
    Cur2Parquet,
    Focus12Csv,
    Focus12Parquet,
    Focus14Csv,
    Focus14Parquet,
}

impl Format {
    pub const ALL: [Self; 8] = [
        Self::CurLegacy,
        Self::CurLegacyOverwrite,
        Self::Cur2Csv,
        Self::Cur2Parquet,
        Self::Focus12Csv,
        Self::Focus12Parquet,
        Self::Focus14Csv,
        Self::Focus14Parquet,
    ];

    /// What it is called on the command line, and the name of its folder.
    pub fn name(self) -> &'static str {
        match self {
            Self::CurLegacy => "cur-legacy",
            Self::CurLegacyOverwrite => "cur-legacy-overwrite",
            Self::Cur2Csv => "cur2-csv",
            Self::Cur2Parquet => "cur2-parquet",
            Self::Focus12Csv => "focus12-csv",
            Self::Focus12Parquet => "focus12-parquet",
            Self::Focus14Csv => "focus14-csv",
            Self::Focus14Parquet => "focus14-parquet",
        }
    }

    pub fn is_parquet(self) -> bool {
        matches!(self, Self::Cur2Parquet | Self::Focus12Parquet | Self::Focus14Parquet)
    }

    pub fn is_legacy(self) -> bool {
        matches!(self, Self::CurLegacy | Self::CurLegacyOverwrite)
    }

    pub(crate) fn has_milliseconds(self) -> bool {
        self == Self::Cur2Csv
    }

    pub(crate) fn focus(self) -> Option<FocusVersion> {
        match self {
            Self::Focus12Csv | Self::Focus12Parquet => Some(FocusVersion::V1_2),
            Self::Focus14Csv | Self::Focus14Parquet => Some(FocusVersion::V1_4),
            _ => None,
        }
    }
}

impl std::fmt::Display for Format {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str(self.name())
    }
}

impl std::str::FromStr for Format {
    type Err = GenerateError;

    fn from_str(text: &str) -> Result<Self, GenerateError> {
        Self::ALL.into_iter().find(|format| format.name() == text).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|format| format.name()).collect();
            GenerateError::Options(format!(
                "unknown format `{text}`; use one of: {}",
                names.join(", ")
            ))
        })
    }
}
