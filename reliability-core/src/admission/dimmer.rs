//! Optional content as a controlled quantity (Klein and Maggio's brownout): served with a probability instead of on or off.
//!
//! At the ends one load answers. In between a call draws a random number of its thread's own. What is left out is counted by a sample
//! of one call in 64 that counts for 64, drawn by other bits of the same number: exact on average, and one add in 64 calls.

use std::sync::atomic::{AtomicU64, Ordering};

use super::cell::{Cell, SetBy};
use super::share::Share;
use super::spread;

/// Optional content, served with the probability θ; 1 until somebody turns it down.
///
/// ```
/// use reliability_core::Dimmer;
///
/// static RECOMMENDATIONS: Dimmer = Dimmer::new("recommendations");
///
/// let mut page = String::from("your basket");
/// if RECOMMENDATIONS.serve() {
///     page += ", and others bought ...";
/// }
/// assert!(page.ends_with("..."));
/// ```
#[derive(Debug)]
pub struct Dimmer {
    name: &'static str,
    pub(crate) cell: Cell,
    /// Asked while turned down, and of these served: by samples.
    asked: AtomicU64,
    served: AtomicU64,
}

const ALL: u64 = Share::ALL.units();
const SAMPLE: u32 = 64;

impl Dimmer {
    /// Fully served until somebody turns it down. The name is checked when the service starts.
    pub const fn new(name: &'static str) -> Self {
        Self { name, cell: Cell::new(ALL), asked: AtomicU64::new(0), served: AtomicU64::new(0) }
    }

    /// The name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Whether this call gets the optional part.
    #[inline]
    pub fn serve(&self) -> bool {
        let word = self.cell.word();
        if word & ALL != 0 { true } else { self.draw(word as u32) }
    }

    #[inline]
    fn draw(&self, theta: u32) -> bool {
        let random = spread::random();
        // the highest bits decide; the lowest six, which do not matter for a share that anybody would notice, sample
        let served = random < theta;
        if random.is_multiple_of(SAMPLE) {
            self.count(served);
        }
        served
    }

    #[cold]
    fn count(&self, served: bool) {
        self.asked.fetch_add(u64::from(SAMPLE), Ordering::Relaxed);
        if served {
            self.served.fetch_add(u64::from(SAMPLE), Ordering::Relaxed);
        }
    }

    /// The probability that is in force.
    pub fn theta(&self) -> Share {
        Share::from_units(self.cell.load())
    }

    /// About how many calls asked while it was turned down, and how many of these got the optional part, since the process
    /// began. Sampled: one call in 64 counts for 64.
    pub fn asked_and_served(&self) -> (u64, u64) {
        (self.asked.load(Ordering::Relaxed), self.served.load(Ordering::Relaxed))
    }

    /// Who set it.
    pub fn set_by(&self) -> SetBy {
        self.cell.set_by()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_served_and_about_as_much_is_counted() {
        static DIMMER: Dimmer = Dimmer::new("dimmed");
        assert!((0..1_000).all(|_| DIMMER.serve()));
        assert_eq!(DIMMER.asked_and_served(), (0, 0));
        DIMMER.cell.set(SetBy::Policy, Some(Share::of(0.3).units()));
        let served = (0..200_000).filter(|_| DIMMER.serve()).count();
        assert!((58_500..61_500).contains(&served), "{served}");
        let (asked, counted) = DIMMER.asked_and_served();
        assert!((180_000..220_000).contains(&asked) && (51_000..69_000).contains(&counted), "{asked} {counted}");
        DIMMER.cell.set(SetBy::Policy, Some(0));
        assert!((0..1_000).all(|_| !DIMMER.serve()));
    }
}
