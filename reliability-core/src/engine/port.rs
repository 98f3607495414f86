//! The slots of the engine: what the edges plug into. The engine calls these and knows nobody behind them.

use std::time::Duration;

use super::event::Event;
use super::report::Report;

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
