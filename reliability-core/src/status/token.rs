//! Who may act: named tokens, kept as digests and compared in constant time.
//!
//! A request shows its token in the header `Authorization: Bearer …` and nowhere else: a browser sends that header for no
//! page but ours, so no other page can act in a reader's name, and no address, log or history holds it. Here only SHA-256 of
//! each token is kept; digests are compared whole and all of them, so the time taken tells nothing. Each token has a name,
//! which stands beside what was done and tells who may not approve of what.
//!
//! Limit: a token is not slowed down when it is guessed, so it must be long; whoever may try a thousand million times a
//! second needs 10²¹ years for sixteen random letters and digits of a generator.

use std::fmt;
use std::path::Path;

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};

/// A token shorter than this can be guessed.
const SHORTEST: usize = 16;

/// What a person, or a program, shows to be allowed to act.
///
/// ```
/// use reliability_core::status::ControlToken;
/// let token = ControlToken::new("kim", "XqL0lD3v9kFmT2aWcB7y")?;
/// assert_eq!(format!("{token:?}"), "ControlToken(kim)");
/// assert!(ControlToken::new("kim", "secret").is_err()); // too short
/// # Ok::<(), reliability_core::status::TokenError>(())
/// ```
#[derive(Clone)]
pub struct ControlToken {
    name: String,
    digest: [u8; 32],
}

/// Why a token is none.
///
/// ```
/// use reliability_core::status::{ControlToken, TokenError};
/// let error = ControlToken::variable("kim", "NOT_SET_HERE").unwrap_err();
/// assert!(matches!(error, TokenError::Missing { .. }));
/// assert_eq!(error.to_string(), "no token: the environment variable NOT_SET_HERE is not set");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TokenError {
    /// It is not where it should be.
    Missing {
        /// The variable or the file.
        from: String,
        /// Why.
        reason: String,
    },
    /// It is shorter than sixteen bytes.
    Short {
        /// Whose.
        name: String,
    },
    /// It holds what no header can hold: a space, a line end, or what is not ASCII.
    Letters {
        /// Whose.
        name: String,
    },
    /// Nobody: the name is empty.
    Nameless,
}

impl fmt::Display for TokenError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { from, reason } => write!(f, "no token: {from} {reason}"),
            Self::Short { name } => {
                write!(f, "the token of {name} is shorter than {SHORTEST} bytes, so it can be guessed")
            }
            Self::Letters { name } => {
                write!(f, "the token of {name} holds what no header can hold: visible ASCII without spaces is accepted")
            }
            Self::Nameless => f.write_str("a token needs a name: it says who acted"),
        }
    }
}

impl std::error::Error for TokenError {}

impl fmt::Debug for ControlToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ControlToken({})", self.name)
    }
}

impl ControlToken {
    /// This token, of somebody of this name. Line ends behind it are not part of it.
    ///
    /// # Errors
    /// If it is shorter than sixteen bytes, holds what no header can, or the name is empty.
    pub fn new(name: &str, token: &str) -> Result<Self, TokenError> {
        let (name, token) = (name.to_owned(), token.trim_end_matches(['\r', '\n']));
        if name.is_empty() {
            Err(TokenError::Nameless)
        } else if token.len() < SHORTEST {
            Err(TokenError::Short { name })
        } else if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            Err(TokenError::Letters { name })
        } else {
            Ok(Self { name, digest: Sha256::digest(token).into() })
        }
    }

    /// What an environment variable holds.
    ///
    /// # Errors
    /// If it is not set, or as for [`new`](Self::new).
    pub fn variable(name: &str, variable: &str) -> Result<Self, TokenError> {
        let missing = |reason: &str| TokenError::Missing {
            from: format!("the environment variable {variable}"),
            reason: reason.to_owned(),
        };
        let token = std::env::var(variable).map_err(|error| match error {
            std::env::VarError::NotPresent => missing("is not set"),
            std::env::VarError::NotUnicode(_) => missing("is no text"),
        })?;
        Self::new(name, &token)
    }

    /// What a file holds, for tokens that a platform mounts.
    ///
    /// # Errors
    /// If it cannot be read, or as for [`new`](Self::new).
    pub fn file(name: &str, path: impl AsRef<Path>) -> Result<Self, TokenError> {
        let path = path.as_ref();
        let token = std::fs::read_to_string(path).map_err(|error| TokenError::Missing {
            from: format!("the file {}", path.display()),
            reason: format!("cannot be read: {error}"),
        })?;
        Self::new(name, &token)
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

/// Whose token a request shows; `None` if it shows none, or one that nobody has.
pub(super) fn bearer<'a>(tokens: &'a [ControlToken], headers: &HeaderMap) -> Option<&'a str> {
    // two of them are nobody's
    let mut shown = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (shown.next(), shown.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    if !scheme.eq_ignore_ascii_case("bearer") {
        return None;
    }
    let digest: [u8; 32] = Sha256::digest(token.trim()).into();
    let (mut found, mut place) = (Choice::from(0), 0_u64);
    for (i, known) in tokens.iter().enumerate() {
        let is_it = known.digest.ct_eq(&digest);
        place = u64::conditional_select(&place, &(i as u64), is_it);
        found |= is_it;
    }
    if bool::from(found) { tokens.get(place as usize).map(ControlToken::name) } else { None }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn shown(values: &[&str]) -> HeaderMap {
        values.iter().map(|value| (AUTHORIZATION, value.parse().unwrap())).collect()
    }

    #[test]
    fn a_token_is_found_by_the_whole_of_it_and_by_nothing_else() {
        let tokens = [
            ControlToken::new("kim", "0123456789abcdef").unwrap(),
            ControlToken::new("alex", "fedcba9876543210\n").unwrap(),
        ];
        assert_eq!(bearer(&tokens, &shown(&["Bearer 0123456789abcdef"])), Some("kim"));
        assert_eq!(bearer(&tokens, &shown(&["bearer  fedcba9876543210"])), Some("alex"));
        for values in [
            &[][..],
            &["0123456789abcdef"],
            &["Basic 0123456789abcdef"],
            &["Bearer"],
            &["Bearer "],
            &["Bearer 0123456789abcde"],
            &["Bearer 0123456789abcdef0"],
            &["Bearer 0123456789abcdef, Bearer 0123456789abcdef"],
            &["Bearer 0123456789abcdef", "Bearer 0123456789abcdef"],
        ] {
            assert_eq!(bearer(&tokens, &shown(values)), None, "{values:?}");
        }
        assert_eq!(bearer(&[], &shown(&["Bearer 0123456789abcdef"])), None);
    }

    #[test]
    fn what_can_be_guessed_or_not_be_sent_is_refused_without_being_told() {
        for (name, token) in
            [("kim", "tiny#"), ("kim", "0123456789 abcdef"), ("kim", "0123456789äbcdef"), ("", "0123456789abcdef")]
        {
            let error = ControlToken::new(name, token).unwrap_err().to_string();
            assert!(!error.contains(token), "{error}");
        }
        assert!(ControlToken::variable("kim", "RELIABILITY_TEST_NOT_SET").is_err());
        assert!(ControlToken::file("kim", "/no/such/file").is_err());
    }
}
