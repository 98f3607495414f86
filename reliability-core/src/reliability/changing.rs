//! The front door's part for what is promised: read and changed while the service runs.

use super::Handle;
use crate::engine::shared::ChangeError;
use crate::slo::{Maintenance, Terms};

impl Handle {
    /// What an SLO is judged by; `None` if there is none of that name.
    pub fn terms(&self, slo: &str) -> Option<Terms> {
        self.shared.terms(slo)
    }

    /// Judges an SLO by other terms from the next tick on, and tells of it by an event.
    ///
    /// Another objective, guard or window re-reads the counts that are kept. Another method, or another window where slices
    /// are counted, changes what is counted as good: it begins a new generation of counts with the whole budget and no
    /// coverage. Decisions stand until there is
    /// data for new ones.
    ///
    /// ```
    /// use reliability_core::{Objective, Outcome, Reliability, Sli};
    /// let search = Sli::named("search-terms")?.declare(|spec| spec.objective(Objective::parse("99.9%").unwrap()));
    /// let reliability = Reliability::builder().sli(&search).start()?;
    /// search.record_many(Outcome::Good, 990);
    /// search.record_many(Outcome::Bad, 10);
    ///
    /// let looser = Objective::parse("98%")?;
    /// reliability.handle().change("search-terms-availability", |terms| terms.objective(looser))?;
    ///
    /// let report = reliability.stop();
    /// let left = report.slo("search-terms-availability").unwrap().budget_remaining;
    /// assert!((left - 0.5).abs() < 1e-9); // 10 of the 20 failures that 2 % of 1000 allows
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// If there is no SLO of that name, or the new window names a time zone that is not known: then nothing changes.
    pub fn change(&self, slo: &str, terms: impl FnOnce(Terms) -> Terms) -> Result<(), ChangeError> {
        self.shared.change(slo, terms)
    }

    /// Declares planned time, from now on or later; it replaces any of the same name. See [`Maintenance`].
    pub fn plan(&self, maintenance: Maintenance) {
        self.shared.plan(maintenance);
    }
}
