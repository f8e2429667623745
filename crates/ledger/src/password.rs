//! Passwords: hashed with argon2id, few at a time.

use crate::error::{FieldError, LedgerError};
use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version};
use hannun_model::limits::{
    PASSWORD_BYTES_MAX, PASSWORD_CHARACTERS_MIN, PASSWORD_HASH_KIB, PASSWORD_HASH_PASSES,
    PASSWORD_HASHES_MAX, PASSWORD_HASHES_WAITING_MAX,
};
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};

/// Hashes on threads of their own, so that sign-ins take neither the memory nor the processors.
#[derive(Debug)]
pub(crate) struct Passwords {
    turns: Semaphore,
    places: Semaphore,
    /// Checked when there is nothing to check, so that an unknown name costs the same.
    nobody: OnceCell<String>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            turns: Semaphore::new(PASSWORD_HASHES_MAX),
            places: Semaphore::new(PASSWORD_HASHES_MAX + PASSWORD_HASHES_WAITING_MAX),
            nobody: OnceCell::new(),
        }
    }
}

impl Passwords {
    /// Hash of a new password as a PHC string.
    pub(crate) async fn hash(&self, password: &str) -> Result<String, LedgerError> {
        let _turn = self.turn().await?;
        hash_on_thread(password.to_owned()).await
    }

    /// Whether the password is the one of the hash. Without a hash never, at the same cost.
    pub(crate) async fn verify(
        &self,
        password: &str,
        hash: Option<String>,
    ) -> Result<bool, LedgerError> {
        let _turn = self.turn().await?;
        // Longer than any password can be: not worth hashing, and never right.
        let fits = password.len() <= PASSWORD_BYTES_MAX;
        let password = if fits { password.to_owned() } else { String::new() };
        let exists = hash.is_some() && fits;
        let hash = match hash {
            Some(hash) => hash,
            None => self.nobody.get_or_try_init(|| hash_on_thread(String::new())).await?.to_owned(),
        };
        let matches = tokio::task::spawn_blocking(move || {
            let hash = PasswordHash::new(&hash).map_err(LedgerError::damaged)?;
            Ok::<_, LedgerError>(hasher()?.verify_password(password.as_bytes(), &hash).is_ok())
        });
        let matches = matches.await.map_err(|error| LedgerError::failed("hash", error))??;
        Ok(matches && exists)
    }

    /// Makes ready what the first unknown name would otherwise pay for.
    pub(crate) async fn prepare(&self) -> Result<(), LedgerError> {
        self.nobody.get_or_try_init(|| hash_on_thread(String::new())).await?;
        Ok(())
    }

    async fn turn(&self) -> Result<[SemaphorePermit<'_>; 2], LedgerError> {
        let busy = |_| LedgerError::Busy("too many sign-ins at once, try again soon".to_owned());
        let place = self.places.try_acquire().map_err(busy)?;
        let closed = |error| LedgerError::failed("wait for a turn", error);
        Ok([place, self.turns.acquire().await.map_err(closed)?])
    }
}

async fn hash_on_thread(password: String) -> Result<String, LedgerError> {
    let hashed = tokio::task::spawn_blocking(move || {
        hasher()?
            .hash_password(password.as_bytes())
            .map(|hash| hash.to_string())
            .map_err(|error| LedgerError::failed("hash a password", error))
    });
    hashed.await.map_err(|error| LedgerError::failed("hash a password", error))?
}

fn hasher() -> Result<Argon2<'static>, LedgerError> {
    let params = Params::new(PASSWORD_HASH_KIB, PASSWORD_HASH_PASSES, 1, None)
        .map_err(|error| LedgerError::failed("set up argon2", error))?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

/// What is wrong with a new password.
pub(crate) fn fault(password: &str, path: &str) -> Option<FieldError> {
    if password.chars().count() < PASSWORD_CHARACTERS_MIN {
        let message = format!("too short, use at least {PASSWORD_CHARACTERS_MIN} characters");
        return Some(FieldError::new(path, message));
    }
    (password.len() > PASSWORD_BYTES_MAX)
        .then(|| FieldError::new(path, format!("too long, use at most {PASSWORD_BYTES_MAX} bytes")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_hash_is_argon2id_with_the_parameters_of_the_limits() {
        let passwords = Passwords::default();
        let hash = passwords.hash("correct horse").await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert!(passwords.verify("correct horse", Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("correct house", Some(hash)).await.unwrap());
        // The password of nobody is the empty one, which still opens nothing.
        assert!(!passwords.verify("", None).await.unwrap());
    }

    #[test]
    fn length_is_all_that_is_asked_of_a_password() {
        assert!(fault("123456789", "/password").is_some());
        assert_eq!(fault("비밀번호가열글자입니다", "/password"), None);
        assert!(fault(&"x".repeat(PASSWORD_BYTES_MAX + 1), "/password").is_some());
    }
}
