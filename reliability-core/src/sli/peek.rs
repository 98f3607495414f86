//! Counts for a request that asks: a breaker looks at its dependency's indicator on the way of a call, and must not wait.

use super::Sli;
use super::record::meter::Meter;
use super::record::seats::{on_seat, seat_or_open};

impl Sli {
    /// Valid and bad events so far, by availability, for a request that asks: nothing while somebody else reads.
    pub(crate) fn peek(&self) -> Option<(u64, u64)> {
        let count = |meter: &Meter| {
            let totals = meter.try_read()?;
            let bad = totals.bad + meter.cancelled_bad(&totals, None);
            Some((totals.good + bad, bad))
        };
        on_seat(self, |seat| count(&seat.meter)).unwrap_or_else(|| {
            let mut counts = None;
            seat_or_open(self, &mut |seat| counts = count(&seat.meter));
            counts
        })
    }
}
