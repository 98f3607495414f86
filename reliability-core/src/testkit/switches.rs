//! Switches turned by a test, and a lease that it lets run out without waiting.
//!
//! Switches are statics that all tests of a program share: a test turns those of its own, or turns them back.

use std::time::Duration;

use crate::admission::lease::{Lease, lapses};
use crate::admission::switches::{Switch, engage, list};
use crate::admission::{Breaker, Bulkhead, Dimmer, Flag, Gate, Ladder, RetryBudget, SetBy, Share};
use crate::clock;

/// What can be turned: a flag, a ladder, a dimmer, a gate, and what guards calls out: a breaker, a bulkhead, a retry budget.
///
/// ```
/// use reliability_core::testkit::{Turn, turn};
/// use reliability_core::{Dimmer, Flag, SetBy, Share};
/// static BANNERS: Flag = Flag::on("turn-banners");
/// static OFFERS: Dimmer = Dimmer::new("turn-offers");
///
/// fn off<S: Turn<To = Share>>(switch: &'static S) {
///     turn(switch, SetBy::Policy, Some(Share::NONE));
/// }
/// off(&BANNERS);
/// off(&OFFERS);
/// assert!(!BANNERS.enabled() && !OFFERS.serve());
/// ```
pub trait Turn {
    /// What it is turned to: a share of the traffic, or a rung's name.
    type To;
    #[doc(hidden)]
    fn __turn(&'static self, by: SetBy, to: Option<Self::To>);
}

/// Turns a switch as a provider, a policy or a person would, or with `None` takes back what that one said.
///
/// ```
/// use reliability_core::testkit::turn;
/// use reliability_core::{Flag, Ladder, SetBy, Share};
///
/// static PRICES: Flag = Flag::on("turned-prices");
/// turn(&PRICES, SetBy::Manual, Some(Share::NONE));
/// assert!(!PRICES.enabled());
/// turn(&PRICES, SetBy::Manual, None);
/// assert!(PRICES.enabled());
///
/// static HOME: Ladder = Ladder::new("turned-home", &["full", "cached"]);
/// turn(&HOME, SetBy::Policy, Some("cached"));
/// assert_eq!(HOME.at(), "cached");
/// ```
///
/// # Panics
/// If a ladder has no rung of that name, or a policy would turn more switches than the table holds.
pub fn turn<S: Turn>(switch: &'static S, by: SetBy, to: Option<S::To>) {
    switch.__turn(by, to);
}

fn set(switch: Switch, by: SetBy, value: Option<u64>) {
    if by == SetBy::Policy {
        assert!(engage(switch, value), "the table of switches is full");
    } else {
        list(switch);
        switch.set(by, value);
    }
}

macro_rules! turned_to_a_share {
    ($($(#[doc = $doc:literal])? $switch:ident $variant:ident,)+) => {$(
        impl Turn for $switch {
            $(#[doc = $doc])?
            type To = Share;
            fn __turn(&'static self, by: SetBy, to: Option<Share>) {
                set(Switch::$variant(self), by, to.map(Share::units));
            }
        }
    )+};
}

turned_to_a_share! {
    Flag Flag,
    Dimmer Dimmer,
    /// The share that is refused on purpose.
    Gate Gate,
    /// The share that is refused on purpose.
    Breaker Breaker,
    /// The share that is refused on purpose.
    Bulkhead Bulkhead,
    /// The share that is refused on purpose.
    RetryBudget Retries,
}

impl Turn for Ladder {
    type To = &'static str;
    fn __turn(&'static self, by: SetBy, to: Option<&'static str>) {
        let rung = to.map(|rung| {
            let at = self.position(rung);
            at.unwrap_or_else(|| panic!("there is no rung {rung:?}; there are: {}", self.rungs().join(", "))) as u64
        });
        set(Switch::Ladder(self), by, rung);
    }
}

/// A lease as a loop holds it on what its policies engaged. Dropped, it is released, as a loop does that has nothing engaged.
///
/// ```
/// use reliability_core::testkit::{HeldLease, lease_runs_out, turn};
/// use reliability_core::{Dimmer, Outcome, SetBy, Share, Sli};
/// use std::time::Duration;
///
/// static EXTRAS: Dimmer = Dimmer::new("leased-extras");
/// static PAGE: Sli = Sli::new("leased-page");
///
/// let lease = HeldLease::hold(Duration::from_secs(3));
/// turn(&EXTRAS, SetBy::Policy, Some(Share::NONE));
/// assert!(!EXTRAS.serve());
/// lease_runs_out(); // nobody renewed it
/// PAGE.begin().end(Outcome::Good); // any call that reads the clock finds that out
/// assert!(EXTRAS.serve());
/// assert_eq!(lease.lapses(), 1);
/// ```
#[derive(Debug)]
pub struct HeldLease {
    lease: Lease,
    lapses: u64,
}

impl HeldLease {
    /// Holds one for so long.
    pub fn hold(within: Duration) -> Self {
        let held = Self { lease: Lease::new(), lapses: lapses() };
        held.renew(within);
        held
    }

    /// Holds it for so long from now.
    pub fn renew(&self, within: Duration) {
        self.lease.hold(within);
    }

    /// How often something was reverted in this process because a lease had run out, since this one was first held.
    pub fn lapses(&self) -> u64 {
        lapses() - self.lapses
    }
}

/// Makes the leases that are held run out now, as if their time had passed. What they held is reverted by the next call that
/// reads the clock.
///
/// ```
/// use reliability_core::testkit::{HeldLease, lease_runs_out, turn};
/// use reliability_core::{Gate, Priority, SetBy, Share};
/// static DOOR: Gate = Gate::new("leased-door");
///
/// let lease = HeldLease::hold(std::time::Duration::from_secs(3));
/// turn(&DOOR, SetBy::Policy, Some(Share::ALL));
/// assert!(DOOR.admit(Priority::Critical).is_err());
/// lease_runs_out();
/// drop(DOOR.admit(Priority::Critical)); // a gate reads the clock, and finds it out
/// assert!(DOOR.admit(Priority::Critical).is_ok());
/// assert_eq!(lease.lapses(), 1);
/// ```
pub fn lease_runs_out() {
    clock::lease::run_out();
}
