//! Names that fit every system they will travel through.
//!
//! A name is a DNS label (RFC 1123: 1 to 63 of `a-z`, `0-9`, `-`, beginning and ending with a letter or digit), because
//! `OpenSLO` demands it and because Prometheus labels, URLs and file names all take it as it is. The check is a `const fn`,
//! so that a wrong name in an attribute is a compile error.
//!
//! Layer 0: imports nothing.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// The longest name.
pub(crate) const MAX_LEN: usize = 63;

/// Why a text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameFault {
    /// It holds nothing.
    Empty,
    /// It is longer than 63 characters.
    TooLong,
    /// It holds something else than `a-z`, `0-9` and `-`, or begins or ends with `-`.
    Character,
}

impl NameFault {
    /// What is wrong, with the accepted form.
    pub const fn message(self) -> &'static str {
        match self {
            Self::Empty => "a name must not be empty: 1 to 63 of a-z, 0-9 and - are accepted",
            Self::TooLong => "a name is at most 63 characters long: give a shorter one with `name = \"...\"`",
            Self::Character => {
                "a name holds only a-z, 0-9 and -, and begins and ends with a letter or digit: give another with `name = \"...\"`"
            }
        }
    }
}

/// Why a name was refused, with the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NameError {
    /// What was given.
    pub found: String,
    /// What is wrong with it.
    pub fault: NameFault,
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`: {}", self.found, self.fault.message())
    }
}

impl std::error::Error for NameError {}

/// Checks that a text is a DNS label.
///
/// # Errors
/// The first fault found.
pub(crate) const fn check(name: &str) -> Result<(), NameFault> {
    let bytes = name.as_bytes();
    if bytes.is_empty() {
        return Err(NameFault::Empty);
    }
    if bytes.len() > MAX_LEN {
        return Err(NameFault::TooLong);
    }
    let mut i = 0;
    while i < bytes.len() {
        let inner = i > 0 && i + 1 < bytes.len();
        match bytes[i] {
            b'a'..=b'z' | b'0'..=b'9' => {}
            b'-' if inner => {}
            _ => return Err(NameFault::Character),
        }
        i += 1;
    }
    Ok(())
}

/// Keeps a name for the life of the process and gives it out again for the same text, so that a plug-in that is loaded
/// again and again costs its name once.
pub(crate) fn intern(name: &str) -> &'static str {
    static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.get(name) {
        return known;
    }
    let kept: &'static str = Box::leak(name.into());
    names.insert(kept);
    kept
}

/// A name computed by the compiler from a path: `shop::routes::checkout` is `shop-routes-checkout`.
///
/// Raw identifiers lose their `r#`, `_` becomes `-`, capitals become small, leading and trailing `_` fall away.
#[derive(Clone, Copy, Debug)]
pub struct PathName {
    bytes: [u8; MAX_LEN],
    len: usize,
}

impl PathName {
    /// Computes the name.
    ///
    /// # Panics
    /// At compile time, when used in a constant: if the result is longer than 63 characters or holds a character outside
    /// ASCII.
    pub const fn of(path: &str) -> Self {
        let from = path.as_bytes();
        let mut bytes = [0; MAX_LEN];
        let (mut len, mut i, mut pending_dash) = (0, 0, false);
        while i < from.len() {
            let byte = from[i];
            if byte == b'r' && i + 1 < from.len() && from[i + 1] == b'#' {
                i += 2;
                continue;
            }
            if byte == b':' || byte == b'_' {
                pending_dash = len > 0;
                i += 1;
                continue;
            }
            assert!(len + (pending_dash as usize) < MAX_LEN, "{}", NameFault::TooLong.message());
            if pending_dash {
                bytes[len] = b'-';
                len += 1;
                pending_dash = false;
            }
            assert!(byte.is_ascii_alphanumeric(), "{}", NameFault::Character.message());
            bytes[len] = byte.to_ascii_lowercase();
            len += 1;
            i += 1;
        }
        assert!(len > 0, "{}", NameFault::Empty.message());
        Self { bytes, len }
    }

    /// The name as text.
    pub const fn as_str(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.len).0) {
            Ok(text) => text,
            Err(_) => unreachable!(),
        }
    }
}
