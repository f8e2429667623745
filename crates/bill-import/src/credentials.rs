//! With which keys a bucket is asked. Keys are never kept: they are named, and read when needed.

use crate::error::ImportError;
use std::path::PathBuf;

/// Where the keys are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Credentials {
    /// What the machine has: `AWS_ACCESS_KEY_ID` and its like, a web identity, or the role of the
    /// container or machine.
    #[default]
    Ambient,
    /// In environment variables with these names.
    Environment { access_key: String, secret_key: String },
    /// In a profile of the shared credentials file.
    Profile(String),
}

/// Keys as they are sent.
#[derive(Clone, PartialEq, Eq)]
pub struct Keys {
    pub access_key: String,
    pub secret_key: String,
    pub session_token: Option<String>,
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Keys").finish_non_exhaustive()
    }
}

impl Credentials {
    /// The keys; `None` when the machine provides them.
    ///
    /// # Errors
    /// When they are not where they are said to be.
    pub fn keys(&self) -> Result<Option<Keys>, ImportError> {
        match self {
            Self::Ambient => Ok(None),
            Self::Environment { access_key, secret_key } => {
                let read = |name: &String| {
                    std::env::var(name).map_err(|_| {
                        ImportError::Credentials(format!(
                            "the environment variable {name}, which the cost source names, is not \
                             set for the server"
                        ))
                    })
                };
                let (access_key, secret_key) = (read(access_key)?, read(secret_key)?);
                Ok(Some(Keys { access_key, secret_key, session_token: None }))
            }
            Self::Profile(name) => {
                let path = credentials_file();
                let text = std::fs::read_to_string(&path).map_err(|error| {
                    ImportError::Credentials(format!("cannot read {}: {error}", path.display()))
                })?;
                profile(&text, name).map(Some).ok_or_else(|| {
                    let path = path.display();
                    ImportError::Credentials(format!("there is no key of profile {name} in {path}"))
                })
            }
        }
    }
}

/// Where the tools of AWS keep keys.
fn credentials_file() -> PathBuf {
    if let Some(path) = std::env::var_os("AWS_SHARED_CREDENTIALS_FILE") {
        return PathBuf::from(path);
    }
    let home = std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default();
    home.join(".aws").join("credentials")
}

/// The keys of one section of a credentials file.
fn profile(text: &str, name: &str) -> Option<Keys> {
    let mut within = false;
    let (mut access_key, mut secret_key, mut session_token) = (None, None, None);
    for line in text.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[').and_then(|line| line.strip_suffix(']')) {
            within = section.trim() == name;
            continue;
        }
        let Some((key, value)) = line.split_once('=').filter(|_| within) else { continue };
        let value = Some(value.trim().to_owned());
        match key.trim() {
            "aws_access_key_id" => access_key = value,
            "aws_secret_access_key" => secret_key = value,
            "aws_session_token" => session_token = value,
            _ => {}
        }
    }
    Some(Keys { access_key: access_key?, secret_key: secret_key?, session_token })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_from_the_section_of_their_profile() {
        let text = "[default]\naws_access_key_id = A\naws_secret_access_key = B\n\n\
                    # bills\n[ bills ]\naws_access_key_id=C\naws_secret_access_key= D=\n\
                    aws_session_token = E\n[half]\naws_access_key_id = F\n";
        let keys = profile(text, "bills").unwrap();
        assert_eq!(
            (keys.access_key.as_str(), keys.secret_key.as_str(), keys.session_token.as_deref()),
            ("C", "D=", Some("E"))
        );
        assert_eq!(profile(text, "half"), None);
        assert_eq!(profile(text, "other"), None);
        assert_eq!(format!("{keys:?}"), "Keys { .. }");
    }

    #[test]
    fn a_variable_that_is_not_set_is_named() {
        let credentials = Credentials::Environment {
            access_key: "HANNUN_NO_SUCH_KEY".to_owned(),
            secret_key: "HANNUN_NO_SUCH_SECRET".to_owned(),
        };
        let message = credentials.keys().unwrap_err().to_string();
        assert!(message.contains("HANNUN_NO_SUCH_KEY"), "{message}");
    }
}
