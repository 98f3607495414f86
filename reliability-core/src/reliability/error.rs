//! Why a service's judge does not start.

use std::fmt;

use crate::admission::SwitchErrors;
use crate::sli::CatalogueErrors;
use crate::slo::ZoneError;
use crate::slo::composite::FeatureError;
use crate::spec::Finding;

/// Why it did not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// Names of SLIs are wrong, or two have one name.
    Catalogue(CatalogueErrors),
    /// Names of switches are wrong, two have one name, or an attribute names a rung that its ladder does not have.
    Switches(SwitchErrors),
    /// Documents have errors, or nobody can read them. All findings, the warnings among them.
    Documents(Vec<Finding>),
    /// A window names a time zone that is not known.
    Zone(ZoneError),
    /// Features cannot be read as declared.
    Features(FeatureError),
    /// The operating system gave no thread.
    Thread(std::io::Error),
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Catalogue(errors) => errors.fmt(f),
            Self::Switches(errors) => errors.fmt(f),
            Self::Documents(findings) => {
                let errors = findings.iter().filter(|finding| finding.is_error()).count();
                write!(f, "the documents have {errors} errors")?;
                findings.iter().try_for_each(|finding| write!(f, "\n{finding}"))
            }
            Self::Zone(error) => error.fmt(f),
            Self::Features(error) => error.fmt(f),
            Self::Thread(error) => write!(f, "a thread could not be started: {error}"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Catalogue(errors) => Some(errors),
            Self::Switches(errors) => Some(errors),
            Self::Documents(_) => None,
            Self::Zone(error) => Some(error),
            Self::Features(error) => Some(error),
            Self::Thread(error) => Some(error),
        }
    }
}
