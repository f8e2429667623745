//! Where files of a bill lie: a folder, a bucket, or what somebody sent.

use crate::error::ImportError;
use crate::job::Job;
use crate::request::{Access, Location};
use bytes::Bytes;
use futures::{StreamExt, TryStreamExt};
use hannun_model::limits::{IMPORT_FILES_MAX, IMPORT_SILENCE_SECONDS_MAX};
use object_store::aws::{AmazonS3Builder, resolve_bucket_region};
use object_store::path::Path as ObjectPath;
use object_store::{
    ClientOptions, GetOptions, ObjectMeta, ObjectStore, ObjectStoreExt, RetryConfig,
};
use std::fs::{File, Metadata};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};

/// How long one request to a bucket is tried again when the network or the store fails it.
const RETRY: Duration = Duration::from_secs(30);

/// A file that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listed {
    /// Name within the place, parts separated by `/`.
    pub key: String,
    pub bytes: u64,
    /// When it was last written, milliseconds since 1970.
    pub modified_ms: i64,
    /// What the bucket says of this content of the file.
    pub version: Option<String>,
}

/// A place that can be listed and read.
#[derive(Debug, Clone)]
pub struct Place {
    kind: Kind,
    /// Where downloads lie while they are read.
    spool: PathBuf,
}

#[derive(Debug, Clone)]
enum Kind {
    Folder(PathBuf),
    File { path: PathBuf, name: String },
    Bucket { store: Arc<dyn ObjectStore>, name: String, prefix: String },
}

impl Place {
    /// Finds out what a location is. Of a bucket nothing is asked yet but its region.
    ///
    /// # Errors
    /// When there is nothing, or the keys of the bucket are not where they should be.
    pub async fn open(
        location: &Location,
        access: &Access,
        spool: &Path,
    ) -> Result<Self, ImportError> {
        let kind = match location {
            Location::Path(path) => {
                let told = path.display().to_string();
                let found = std::fs::metadata(path).map_err(ImportError::io(told.as_str()))?;
                if found.is_dir() {
                    Kind::Folder(path.clone())
                } else if !found.is_file() {
                    // A device or a pipe may have no end.
                    return Err(ImportError::Location(told));
                } else {
                    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                    Kind::File { path: path.clone(), name }
                }
            }
            Location::Upload { path, file_name } => {
                Kind::File { path: path.clone(), name: file_name.clone() }
            }
            Location::Bucket { bucket, prefix } if !bucket.is_empty() => Kind::Bucket {
                store: bucket_store(bucket, access).await?,
                name: bucket.clone(),
                prefix: prefix.clone(),
            },
            Location::Bucket { .. } => return Err(ImportError::Location(location.to_string())),
        };
        Ok(Self { kind, spool: spool.to_owned() })
    }

    /// Every file, by key.
    ///
    /// # Errors
    /// When it cannot be listed, or has too many.
    pub async fn list(&self) -> Result<Vec<Listed>, ImportError> {
        let mut files = match &self.kind {
            Kind::File { path, name } => {
                let found = std::fs::metadata(path).map_err(ImportError::io(name.as_str()))?;
                vec![local(name.clone(), &found)]
            }
            Kind::Folder(root) => {
                let root = root.clone();
                let listing = tokio::task::spawn_blocking(move || list_folder(&root));
                listing.await.map_err(|error| ImportError::Stopped(error.to_string()))??
            }
            Kind::Bucket { store, name, prefix } => list_bucket(store, name, prefix).await?,
        };
        files.sort_by(|left, right| left.key.cmp(&right.key));
        if files.is_empty() {
            return Err(ImportError::Nothing(self.to_string()));
        }
        Ok(files)
    }

    /// Whether it is one file that was named.
    pub fn is_file(&self) -> bool {
        matches!(self.kind, Kind::File { .. })
    }

    /// The content of a small file.
    ///
    /// # Errors
    /// When it cannot be read or is not small.
    pub async fn read_small(&self, file: &Listed, bytes_max: u64) -> Result<Vec<u8>, ImportError> {
        if file.bytes > bytes_max {
            let source = std::io::Error::other(format!("it has more than {bytes_max} bytes"));
            return Err(ImportError::io(file.key.as_str())(source));
        }
        match self.local_path(&file.key) {
            Some(path) => std::fs::read(&path).map_err(ImportError::io(file.key.as_str())),
            None => {
                let Kind::Bucket { store, .. } = &self.kind else { return Ok(Vec::new()) };
                let path = object_path(&file.key);
                let told = || format!("{self}: {}", file.key);
                let got = store.get(&path).await.map_err(ImportError::bucket(told()))?;
                let bytes: Bytes = got.bytes().await.map_err(ImportError::bucket(told()))?;
                Ok(bytes.to_vec())
            }
        }
    }

    /// The file, on this machine and at its beginning.
    ///
    /// # Errors
    /// When it cannot be read, is another one by now, or `job` was cancelled.
    pub async fn fetch(&self, file: &Listed, job: &Job) -> Result<File, ImportError> {
        match (&self.kind, self.local_path(&file.key)) {
            (Kind::Bucket { store, .. }, _) => self.download(store, file, job).await,
            (_, path) => {
                let path = path.unwrap_or_default();
                File::open(path).map_err(ImportError::io(file.key.as_str()))
            }
        }
    }

    fn local_path(&self, key: &str) -> Option<PathBuf> {
        match &self.kind {
            Kind::Folder(root) => Some(root.join(key)),
            Kind::File { path, .. } => Some(path.clone()),
            Kind::Bucket { .. } => None,
        }
    }

    async fn download(
        &self,
        store: &Arc<dyn ObjectStore>,
        file: &Listed,
        job: &Job,
    ) -> Result<File, ImportError> {
        let told = || format!("{self}: {}", file.key);
        // It has no name: the disk gets it back however the process ends.
        let mut target = tempfile::tempfile_in(&self.spool).map_err(ImportError::io(told()))?;
        // A delivery that is replaced meanwhile must not be mixed with the next one.
        let options = GetOptions { if_match: file.version.clone(), ..GetOptions::default() };
        let path = object_path(&file.key);
        let got = store.get_opts(&path, options).await.map_err(ImportError::bucket(told()))?;
        let mut parts = got.into_stream();
        let silence = Duration::from_secs(IMPORT_SILENCE_SECONDS_MAX);
        loop {
            job.go_on()?;
            let next = tokio::time::timeout(silence, parts.next()).await.map_err(|_| {
                let source = std::io::Error::from(std::io::ErrorKind::TimedOut);
                ImportError::io(told())(source)
            })?;
            let Some(part) = next else { break };
            let part = part.map_err(ImportError::bucket(told()))?;
            target.write_all(&part).map_err(ImportError::io(told()))?;
        }
        target.seek(SeekFrom::Start(0)).map_err(ImportError::io(told()))?;
        Ok(target)
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.kind {
            Kind::Folder(path) => write!(formatter, "{}", path.display()),
            Kind::File { name, .. } => write!(formatter, "{name}"),
            Kind::Bucket { name, prefix, .. } => write!(formatter, "s3://{name}/{prefix}"),
        }
    }
}

async fn bucket_store(bucket: &str, access: &Access) -> Result<Arc<dyn ObjectStore>, ImportError> {
    let failed = || ImportError::bucket(format!("s3://{bucket}"));
    let mut builder = AmazonS3Builder::from_env()
        .with_bucket_name(bucket)
        .with_retry(RetryConfig { retry_timeout: RETRY, ..RetryConfig::default() });
    if let Some(keys) = access.credentials.keys()? {
        builder =
            builder.with_access_key_id(keys.access_key).with_secret_access_key(keys.secret_key);
        if let Some(token) = keys.session_token {
            builder = builder.with_token(token);
        }
    }
    if let Some(endpoint) = &access.endpoint {
        builder = builder
            .with_endpoint(endpoint)
            .with_allow_http(endpoint.starts_with("http://"))
            .with_virtual_hosted_style_request(false);
    }
    let known = ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT", "AWS_ENDPOINT_URL"];
    let is_known = known.iter().any(|name| std::env::var_os(name).is_some());
    if let Some(region) = &access.region {
        builder = builder.with_region(region);
    } else if access.endpoint.is_none() && !is_known {
        let region = resolve_bucket_region(bucket, &ClientOptions::default()).await;
        builder = builder.with_region(region.map_err(failed())?);
    }
    Ok(Arc::new(builder.build().map_err(failed())?))
}

async fn list_bucket(
    store: &Arc<dyn ObjectStore>,
    bucket: &str,
    prefix: &str,
) -> Result<Vec<Listed>, ImportError> {
    let told = || format!("s3://{bucket}/{prefix}");
    let path = object_path(prefix);
    let mut found = store.list((!prefix.is_empty()).then_some(&path));
    let mut files = Vec::new();
    while let Some(meta) = found.try_next().await.map_err(ImportError::bucket(told()))? {
        if files.len() == IMPORT_FILES_MAX {
            return Err(ImportError::TooManyFiles(IMPORT_FILES_MAX, told()));
        }
        files.push(in_bucket(meta));
    }
    if files.is_empty() && !prefix.is_empty() {
        // A list is of folders; it may be one file that is named.
        if let Ok(meta) = store.head(&path).await {
            files.push(in_bucket(meta));
        }
    }
    Ok(files)
}

/// A key as the bucket has it. One that is no path as the store's client knows them is written as
/// it can be.
fn object_path(key: &str) -> ObjectPath {
    ObjectPath::parse(key).unwrap_or_else(|_| ObjectPath::from(key))
}

fn in_bucket(meta: ObjectMeta) -> Listed {
    Listed {
        key: meta.location.to_string(),
        bytes: meta.size,
        modified_ms: meta.last_modified.timestamp_millis(),
        version: meta.e_tag,
    }
}

fn local(key: String, found: &Metadata) -> Listed {
    let modified = found.modified().ok().and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    let modified_ms = modified.map_or(0, |since| since.as_millis() as i64);
    Listed { key, bytes: found.len(), modified_ms, version: None }
}

fn list_folder(root: &Path) -> Result<Vec<Listed>, ImportError> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        let told = || folder.display().to_string();
        for entry in std::fs::read_dir(&folder).map_err(ImportError::io(told()))? {
            let path = entry.map_err(ImportError::io(told()))?.path();
            let found = std::fs::metadata(&path).map_err(ImportError::io(told()))?;
            if found.is_dir() {
                folders.push(path);
                continue;
            }
            if !found.is_file() {
                continue;
            }
            if files.len() == IMPORT_FILES_MAX {
                return Err(ImportError::TooManyFiles(IMPORT_FILES_MAX, told()));
            }
            let parts = path.strip_prefix(root).unwrap_or(&path).components();
            let parts: Vec<String> =
                parts.map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
            files.push(local(parts.join("/"), &found));
        }
    }
    Ok(files)
}

/// The hash of a file's content, which is then at its beginning again.
pub(crate) fn sha256(file: &mut File) -> std::io::Result<[u8; 32]> {
    use sha2::{Digest, Sha256};
    let mut hash = Sha256::new();
    let mut part = vec![0; 1 << 20];
    loop {
        let read = file.read(&mut part)?;
        if read == 0 {
            break;
        }
        hash.update(&part[..read]);
    }
    file.seek(SeekFrom::Start(0))?;
    Ok(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_asked_for_as_they_were_listed() {
        for key in ["cur/a~b/report#1.csv.gz", "cur/50%/x.csv", "BILLING_PERIOD=2026-10/x.csv"] {
            assert_eq!(object_path(key).to_string(), key);
        }
    }
}
