//! The slots of the engine: what the edges plug into. The engine calls these and knows nobody behind them.

use std::sync::Arc;
use std::time::Duration;

use super::event::{Event, EventKind};
use super::fleet::FleetReport;
use super::report::Report;
use super::response::ResponseReport;
use super::situation::Situation;
use super::snapshot::{Notes, Snapshot};
use super::stored::StoreReport;

/// Something that passes on what the engine knows: an exporter, a log, a notifier.
///
/// It runs on the engine's outgoing thread, never on the loop, so it may block; what it delays is other sinks. When it
/// is too slow, events are dropped and counted (see [`Report::dropped_events`]), never queued without end. A sink that
/// panics is not called again.
pub trait Sink: Send {
    /// Its name, for messages about it.
    fn name(&self) -> &'static str;

    /// A state has changed.
    fn event(&mut self, event: &Event) {
        let _ = event;
    }

    /// Whether it wants the next report. Asked once a second; a report is built only if somebody does. Whoever has ever wanted
    /// one gets the last one at the stop, due or not.
    fn wants_report(&mut self) -> bool {
        false
    }

    /// The read-out of a second.
    fn report(&mut self, report: &Report) {
        let _ = report;
    }

    /// The service stops: hand over what is still held back, within this time.
    fn flush(&mut self, within: Duration) {
        let _ = within;
    }
}

/// Something that acts on what the engine has judged: the policies.
///
/// The loop calls it after every tick and every glance, under the driver's lock, so it neither waits nor runs foreign code.
/// It is given the time and reads no clock: the same situations lead to the same actions.
pub(crate) trait Responder: Send {
    /// Acts on what was judged, and tells what it did.
    fn respond(&mut self, situation: &Situation<'_>, tell: &mut dyn FnMut(EventKind));

    /// When it wants to be called at the latest, in monotonic time; `None` if the next tick is early enough.
    fn next_look(&self) -> Option<Duration>;

    /// How it stands.
    fn report(&self) -> ResponseReport;

    /// What it remembers, in its own words, for a store to keep; `None` where it keeps that itself or does not know it yet.
    fn words(&self) -> Option<String>;

    /// What an earlier process remembered, in the words that it gave; `Ok(None)` if there was none, `Err` if nobody can know.
    fn recall(&mut self, words: Result<Option<String>, String>);

    /// The service stops: reverts everything, and tells so.
    fn stop(&mut self, situation: &Situation<'_>, tell: &mut dyn FnMut(EventKind));
}

/// Something that knows how the whole fleet does: a client of its engine.
///
/// The loop calls it under the driver's lock, so it neither waits nor asks: it tells what a thread of its own was told.
pub(crate) trait Overview: Send {
    /// How the fleet's verdict stands now, in monotonic time, and whether that has changed.
    fn look(&mut self, now: Duration) -> (Arc<FleetReport>, Option<EventKind>);

    /// The service stops: there will be no more looks.
    fn stop(&mut self);
}

/// Something that keeps what must outlive the process: the store.
///
/// The loop calls it under the driver's lock, so it neither waits nor touches a disk: what it is told goes to a thread of its
/// own, and what happened there is asked for at the next look.
pub(crate) trait Keeper: Send {
    /// What an earlier process, or another one of this service, has left; once, when it becomes ours to go on with.
    fn found(&mut self) -> Option<Snapshot>;

    /// What it wants to be told now.
    fn wants(&self) -> Wants;

    /// Takes notes.
    fn note(&mut self, notes: Notes);

    /// What happened to the store since the last look.
    fn news(&mut self) -> Vec<EventKind>;

    /// How it stands.
    fn report(&self) -> StoreReport;

    /// There will be no more notes after these, if it wanted any: what waits, for so long at the most, until the last are kept. Called without any lock.
    fn stop(&mut self, last: Option<Notes>) -> Box<dyn FnOnce(Duration) + Send>;
}

/// What a keeper wants to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(dead_code)] // only the feature `store` asks
pub(crate) enum Wants {
    /// Nothing now: it has no place for it, or more than it can take. It will be offered again.
    Nothing,
    /// What has changed.
    Changes,
    /// All, because what was told before is gone.
    All,
}
