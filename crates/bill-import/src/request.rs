//! What somebody wants imported.

use crate::credentials::Credentials;
use crate::error::ImportError;
use hannun_model::limits::COST_NAME_BYTES_MAX;
use std::path::PathBuf;

/// A location, and what is known about the bill there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportRequest {
    pub location: Location,
    /// Cost source that the bill is kept as. The months of one source replace each other.
    pub source: String,
    /// The account that pays. When nobody says, that of the months before.
    pub account: Option<String>,
    /// Currency of a bill that does not say it.
    pub currency: Option<String>,
    pub access: Access,
    /// Read and check, and keep nothing.
    pub dry_run: bool,
}

/// Where a bill is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A file or a folder of this machine.
    Path(PathBuf),
    Bucket {
        bucket: String,
        prefix: String,
    },
    /// A file that somebody sent; it is deleted when it has been read.
    Upload {
        path: PathBuf,
        file_name: String,
    },
}

/// How a bucket is reached.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Access {
    pub region: Option<String>,
    /// Address of a store that speaks S3 and is not that of AWS.
    pub endpoint: Option<String>,
    pub credentials: Credentials,
}

impl Default for Location {
    fn default() -> Self {
        Self::Path(PathBuf::new())
    }
}

impl ImportRequest {
    /// Whether everything that is said can be meant; nobody is asked.
    ///
    /// # Errors
    /// What cannot.
    pub fn check(&self) -> Result<(), ImportError> {
        let fault = |text: &str| Err(ImportError::Request(text.to_owned()));
        let is_currency =
            |code: &str| code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_uppercase());
        if self.source.trim().is_empty() || self.source.len() > COST_NAME_BYTES_MAX {
            return fault(&format!("source is a name of 1 to {COST_NAME_BYTES_MAX} bytes"));
        }
        if self.currency.as_deref().is_some_and(|code| !is_currency(code)) {
            return fault("currency has three capital letters, such as KRW");
        }
        if self.account.as_deref().is_some_and(|account| account.trim().is_empty()) {
            return fault("account is empty: leave it out, or say which one pays");
        }
        let Access { region, endpoint, .. } = &self.access;
        let is_region = |region: &str| {
            let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
            (1..=40).contains(&region.len())
                && region.bytes().all(|byte| allowed(byte) || byte == b'-')
        };
        if region.as_deref().is_some_and(|region| !is_region(region)) {
            return fault("region is a name such as ap-northeast-2");
        }
        let is_endpoint = |endpoint: &str| {
            let host = endpoint.strip_prefix("http://").or(endpoint.strip_prefix("https://"));
            let host = host.map(|host| host.strip_suffix('/').unwrap_or(host));
            host.is_some_and(|host| {
                !host.is_empty() && !host.contains(['/', '@', '?', '#', ' ', '\\'])
            })
        };
        if endpoint.as_deref().is_some_and(|endpoint| !is_endpoint(endpoint)) {
            return fault("endpoint is an address without a path, such as https://s3.example.com");
        }
        self.location.check()
    }
}

impl Location {
    /// Reads `s3://bucket/prefix`; anything else is a path.
    pub fn parse(text: &str) -> Self {
        match text.strip_prefix("s3://") {
            Some(rest) => {
                let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
                let prefix = prefix.trim_matches('/').to_owned();
                Self::Bucket { bucket: bucket.to_owned(), prefix }
            }
            None => Self::Path(PathBuf::from(text)),
        }
    }

    /// What is wrong with the name of a bucket: it becomes a part of the address that is asked.
    fn check(&self) -> Result<(), ImportError> {
        let Self::Bucket { bucket, .. } = self else { return Ok(()) };
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let is_name = (3..=63).contains(&bucket.len())
            && bucket.bytes().all(|byte| allowed(byte) || matches!(byte, b'.' | b'-'))
            && bucket.bytes().next().is_some_and(allowed);
        if is_name { Ok(()) } else { Err(ImportError::Location(self.to_string())) }
    }

    /// Whether it is a path of the machine that imports.
    pub fn is_path(&self) -> bool {
        matches!(self, Self::Path(_))
    }
}

impl std::fmt::Display for Location {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Path(path) => write!(formatter, "{}", path.display()),
            Self::Bucket { bucket, prefix } => write!(formatter, "s3://{bucket}/{prefix}"),
            Self::Upload { file_name, .. } => write!(formatter, "upload {file_name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_is_asked_for_names_another_host() {
        let asked = |location: &str, change: fn(&mut ImportRequest)| {
            let mut request = ImportRequest {
                location: Location::parse(location),
                source: "aws".to_owned(),
                ..ImportRequest::default()
            };
            change(&mut request);
            request.check().is_ok()
        };
        let as_it_is = |_: &mut ImportRequest| {};
        for location in ["s3://bills/cur", "s3://my-bills.2026", "/bills"] {
            assert!(asked(location, as_it_is), "{location}");
        }
        for location in ["s3://", "s3:///x", "s3://127.0.0.1:8443?/x", "s3://a@b.com#", "s3://.."] {
            assert!(!asked(location, as_it_is), "{location}");
        }
        let faults: [fn(&mut ImportRequest); 7] = [
            |it| it.access.region = Some("x.example.com/".to_owned()),
            |it| it.access.region = Some(String::new()),
            |it| it.access.endpoint = Some("file:///etc".to_owned()),
            |it| it.access.endpoint = Some("https://key:secret@store".to_owned()),
            |it| it.currency = Some("won".to_owned()),
            |it| it.account = Some(String::new()),
            |it| it.source = " ".to_owned(),
        ];
        for (index, fault) in faults.into_iter().enumerate() {
            assert!(!asked("s3://bills", fault), "{index}");
        }
        assert!(asked("s3://bills", |it| it.access.region = Some("ap-northeast-2".to_owned())));
        assert!(
            asked("s3://bills", |it| it.access.endpoint = Some("http://[::1]:9000/".to_owned()))
        );
    }

    #[test]
    fn a_bucket_is_told_from_a_path() {
        let bucket = |bucket: &str, prefix: &str| Location::Bucket {
            bucket: bucket.to_owned(),
            prefix: prefix.to_owned(),
        };
        assert_eq!(Location::parse("s3://bills/cur/report/"), bucket("bills", "cur/report"));
        assert_eq!(Location::parse("s3://bills"), bucket("bills", ""));
        assert_eq!(Location::parse("/bills/cur"), Location::Path("/bills/cur".into()));
        assert_eq!(Location::parse("s3://bills/cur/").to_string(), "s3://bills/cur");
    }
}
