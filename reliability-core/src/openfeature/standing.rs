//! How a provider stands: written by the thread that asks, read by reports.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::ask;
use crate::Flag;
use crate::clock::Reading;
use crate::engine::response::ProviderReport;

#[derive(Debug, Default)]
pub(super) struct Standing(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    name: String,
    answered: Option<Duration>,
    trouble: Option<String>,
    /// Flags that it has ever said something about, by name.
    flags: Vec<&'static Flag>,
    forgotten: BTreeSet<&'static str>,
}

impl Standing {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn named(&self, name: &str) {
        name.clone_into(&mut self.state().name);
    }

    /// Its trouble as of now. Whether that is news.
    pub(super) fn troubled(&self, trouble: Option<String>) -> bool {
        let mut state = self.state();
        let news = state.trouble != trouble;
        state.trouble = trouble;
        news
    }

    pub(super) fn answered(&self) {
        self.state().answered = Some(Reading::now().monotonic);
    }

    /// It said something about this flag.
    pub(super) fn knows(&self, flag: &'static Flag) {
        let mut state = self.state();
        state.forgotten.remove(flag.name());
        if let Err(place) = state.flags.binary_search_by_key(&flag.name(), |known| known.name()) {
            state.flags.insert(place, flag);
        }
    }

    /// It does not know this flag. Whether it did, and that is news.
    pub(super) fn forgot(&self, flag: &'static Flag) -> bool {
        let mut state = self.state();
        let knew = state.flags.binary_search_by_key(&flag.name(), |known| known.name()).is_ok();
        knew && state.forgotten.insert(flag.name())
    }

    pub(super) fn report(&self) -> ProviderReport {
        let state = self.state();
        ProviderReport {
            name: state.name.clone(),
            answered: state.answered.map(|at| Reading::now().monotonic.saturating_sub(at)),
            trouble: state.trouble.clone(),
            flags: state.flags.len(),
            overruled: state
                .flags
                .iter()
                .filter(|flag| ask::is_overruled(flag))
                .map(|flag| flag.name().into())
                .collect(),
            forgotten: state.forgotten.iter().map(|name| (*name).to_owned()).collect(),
        }
    }
}
