//! The driver's two sides towards a fleet: what it hears of the whole, and what it tells of itself.

use super::Driver;
use crate::clock::Reading;
use crate::engine::event::Event;
use crate::engine::port::Overview;
use crate::engine::replica::{Replica, ReplicaSlo};
use crate::engine::snapshot::KeptObserved;

impl Driver {
    /// Asks something how the fleet does.
    pub(crate) fn oversee_with(&mut self, overview: Box<dyn Overview>, now: Reading) {
        self.overview = Some(overview);
        let mut events = Vec::new();
        self.oversee(now, &mut events);
        self.pending.extend(events);
    }

    /// Hears how the fleet does by now.
    pub(super) fn oversee(&mut self, now: Reading, events: &mut Vec<Event>) {
        let Some(overview) = &mut self.overview else { return };
        let (fleet, news) = overview.look(now.monotonic);
        self.fleet = Some(fleet);
        let at = self.engine.now();
        events.extend(news.map(|kind| Event { at, kind }));
    }

    /// What this process has counted, for whoever adds up a fleet.
    pub(crate) fn replica(&self) -> Replica {
        let observed = self.engine.observed();
        let slos = self.engine.slis().iter().flat_map(|sli| sli.slos.iter().map(move |slo| (sli, slo)));
        Replica {
            service: self.identity.clone(),
            incarnation: self.engine.incarnation(),
            at: self.engine.now(),
            resumed: self.engine.adopted().is_some(),
            observed: KeptObserved { begins: observed.begins(), gaps: observed.gaps().collect() },
            slos: slos
                .map(|(sli, slo)| ReplicaSlo {
                    name: slo.name.clone(),
                    identity: slo.identity(&sli.spec),
                    objective: slo.state.terms().objective,
                    state: slo.state.keep(),
                })
                .collect(),
        }
    }
}
