//! Which meters a thread counts into.
//!
//! A service has one realm, the process. A test may open another and enter it on its threads: what is then recorded there
//! is seen by that test alone, although the SLIs are statics that all tests share.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, DefaultHasher};
use std::sync::{Mutex, PoisonError};

use super::meter::Meter;
use crate::sli::Sli;
use crate::sync::Arc;

/// Meters by the SLI's position.
#[derive(Debug, Default)]
pub(crate) struct Realm {
    meters: Mutex<HashMap<u32, Arc<Meter>, BuildHasherDefault<DefaultHasher>>>,
}

/// The realm of a running service.
pub(crate) static PROCESS: Realm = Realm { meters: Mutex::new(HashMap::with_hasher(BuildHasherDefault::new())) };

impl Drop for Realm {
    fn drop(&mut self) {
        let meters = self.meters.get_mut().unwrap_or_else(PoisonError::into_inner);
        for meter in meters.values() {
            meter.disown();
        }
    }
}

impl Realm {
    /// The meter of an SLI, made the first time.
    pub(crate) fn meter(&self, sli: &Sli) -> Arc<Meter> {
        let parent = sli.parent().map(|parent| self.meter(parent));
        let mut meters = self.meters.lock().unwrap_or_else(PoisonError::into_inner);
        let made = meters.entry(sli.position()).or_insert_with(|| {
            let made = Arc::new(Meter::new(*sli.spec(), parent.clone()).at(sli.position()));
            if let (Some(parent), Some(value)) = (&parent, sli.label_value()) {
                parent.adopt(value, &made);
            }
            made
        });
        Arc::clone(made)
    }
}
