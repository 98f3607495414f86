//! A secret by reference: the name of an environment variable, or of a file, and never the secret itself.
//!
//! It is read when it is used, so a rotated one is used from the next call on. What prints it prints the reference. There is
//! no constructor from a text, so none stands in a source file by this way. Limits: a file holds at most 64 KiB; line ends
//! behind the value are not part of it.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

/// The longest that a secret may be.
const LONGEST: u64 = 64 * 1024;
/// What stands where a secret would.
pub(super) const MASK: &str = "***";

/// Where a secret is found.
///
/// ```
/// use reliability_core::hook::Secret;
/// let secret = Secret::variable("DEPLOY_TOKEN");
/// assert_eq!(format!("{secret:?}"), "Secret(the environment variable DEPLOY_TOKEN)");
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Source);

#[derive(Clone, PartialEq, Eq)]
enum Source {
    Variable(String),
    File(PathBuf),
}

/// Why a secret could not be read. It names the reference and nothing of the secret.
///
/// ```
/// use reliability_core::hook::{Hook, HookError, Occasion, Secret, Webhook};
/// let webhook = Webhook::new("http://localhost:9/", Secret::variable("NOT_SET_HERE"))?;
/// let hook = Hook::webhook("call", webhook);
/// let error = hook.carry_out(&hook.plan(&Occasion::new("shop"))?).unwrap_err();
/// assert_eq!(error.to_string(), "no secret: the environment variable NOT_SET_HERE is not set");
/// # Ok::<(), HookError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretError {
    secret: Secret,
    reason: String,
}

impl Secret {
    /// What this environment variable holds when it is used.
    pub fn variable(name: impl Into<String>) -> Self {
        Self(Source::Variable(name.into()))
    }

    /// What this file holds when it is used, without line ends behind it: for secrets that a platform mounts.
    ///
    /// ```
    /// use reliability_core::hook::Secret;
    /// let secret = Secret::file("/run/secrets/deploy-token");
    /// assert_eq!(secret.to_string(), "the file /run/secrets/deploy-token");
    /// ```
    pub fn file(path: impl Into<PathBuf>) -> Self {
        Self(Source::File(path.into()))
    }

    /// The secret itself; for the one place that uses it.
    pub(super) fn read(&self) -> Result<String, SecretError> {
        let wrong = |reason: String| SecretError { secret: self.clone(), reason };
        let text = match &self.0 {
            Source::Variable(name) => std::env::var(name).map_err(|error| match error {
                std::env::VarError::NotPresent => wrong("is not set".into()),
                // the error of the standard library would print the value
                std::env::VarError::NotUnicode(_) => wrong("is no text".into()),
            })?,
            Source::File(path) => {
                let file = File::open(path).map_err(|error| wrong(format!("cannot be read: {error}")))?;
                let mut bytes = Vec::new();
                file.take(LONGEST + 1)
                    .read_to_end(&mut bytes)
                    .map_err(|error| wrong(format!("cannot be read: {error}")))?;
                if bytes.len() as u64 > LONGEST {
                    return Err(wrong(format!("holds more than {LONGEST} bytes")));
                }
                String::from_utf8(bytes).map_err(|_| wrong("is no text".into()))?
            }
        };
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() { Err(wrong("is empty".into())) } else { Ok(text.to_owned()) }
    }
}

impl fmt::Display for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Source::Variable(name) => write!(f, "the environment variable {name}"),
            Source::File(path) => write!(f, "the file {}", path.display()),
        }
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secret({self})")
    }
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no secret: {} {}", self.secret, self.reason)
    }
}

impl std::error::Error for SecretError {}

/// Takes these secrets out of a text that somebody else wrote.
pub(super) fn masked(text: &str, secrets: &[String]) -> String {
    // what is this short stands in texts by chance, and masking it would tell more than it hides
    secrets.iter().filter(|secret| secret.len() >= 4).fold(text.to_owned(), |text, secret| text.replace(secret, MASK))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_that_is_missing_names_its_reference() {
        let error = Secret::variable("RELIABILITY_NO_SUCH_VARIABLE").read().unwrap_err();
        assert_eq!(error.to_string(), "no secret: the environment variable RELIABILITY_NO_SUCH_VARIABLE is not set");
        let error = Secret::file("/no/such/file").read().unwrap_err().to_string();
        assert!(error.starts_with("no secret: the file /no/such/file cannot be read: "), "{error}");
    }

    #[test]
    fn what_a_secret_is_stands_in_no_text_about_it() {
        let masked = masked("token=hunter22&x=hunter22 abc", &["hunter22".into(), "abc".into()]);
        assert_eq!(masked, "token=***&x=*** abc");
    }
}
