//! What the `calendar` room is without its feature: it knows no zone, and says which feature does.
//!
//! Layer 0: imports clock, spec.

use std::fmt;

use crate::clock::Timestamp;
use crate::spec::{CalendarUnit, Zone};

/// A window names a time zone, and the zones' data is not compiled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ZoneError(pub(crate) Zone);

impl fmt::Display for ZoneError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a calendar window in {} needs the feature \"calendar\" of reliability-core", self.0)
    }
}

impl std::error::Error for ZoneError {}

/// No period is known.
///
/// # Errors
/// Always.
pub(crate) fn period(_: CalendarUnit, zone: Zone, _: Timestamp) -> Result<(Timestamp, Timestamp), ZoneError> {
    Err(ZoneError(zone))
}
