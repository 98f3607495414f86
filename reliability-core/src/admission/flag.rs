//! A feature that can be turned off, for some or for all, by one load.
//!
//! The bit above the largest partial share says "all", so that the common answers, all and none, are found without a hash or a random
//! number. In between a call with a key is answered by flagd's second bucketing, so that a key stays where it is while the
//! share stands, and a larger share only adds keys; a call without one is answered at random.

use super::arms::{Arm, ArmCounts, Arms};
use super::bucket::Begun;
use super::cell::{Cell, SetBy};
use super::share::Share;
use super::spread;
use super::switches::{self, Switch};
use crate::name::{self, NameError};
use crate::sli::Outcome;

/// A kill switch with a share: a `static` that a request asks, fed by a provider of flags and overridden by policies.
///
/// ```
/// use reliability_core::Flag;
///
/// static NEW_CHECKOUT: Flag = Flag::on("new-checkout");
///
/// let total = if NEW_CHECKOUT.enabled() { 2 * 21 } else { 21 + 21 };
/// assert_eq!(total, 42);
/// assert!(NEW_CHECKOUT.enabled_for("customer-7"));
/// ```
/// `#[flag(NEW_CHECKOUT, otherwise = old_checkout)]` asks it for a whole function and counts which arm fails.
#[derive(Debug)]
pub struct Flag {
    name: &'static str,
    /// The hash of the name, with which the hash of each key begins.
    begun: Begun,
    pub(crate) cell: Cell,
    arms: Arms,
}

const ALL: u64 = Share::ALL.units();

impl Flag {
    /// A feature that is on until somebody says otherwise. The name is checked when the service starts.
    pub const fn on(name: &'static str) -> Self {
        Self::for_share(name, Share::ALL)
    }

    /// A feature that is off until somebody says otherwise.
    pub const fn off(name: &'static str) -> Self {
        Self::for_share(name, Share::NONE)
    }

    /// A feature that is on for a share of the traffic until somebody says otherwise.
    ///
    /// ```
    /// use reliability_core::{Flag, Share};
    /// static TRIAL: Flag = Flag::for_share("trial", Share::ratio(1, 10));
    /// let on = (0..1_000).filter(|customer: &u32| TRIAL.enabled_for(customer.to_string())).count();
    /// assert!((70..130).contains(&on));
    /// ```
    pub const fn for_share(name: &'static str, share: Share) -> Self {
        Self { name, begun: Begun::new(name), cell: Cell::new(share.units()), arms: Arms::new() }
    }

    /// A flag whose name is known only now: the same one for the same name. It is kept for the life of the process.
    ///
    /// ```
    /// use reliability_core::Flag;
    /// let flag = Flag::named("plug-in-prices", true)?;
    /// assert!(flag.enabled() && std::ptr::eq(flag, Flag::named("plug-in-prices", false)?));
    /// # Ok::<(), reliability_core::NameError>(())
    /// ```
    /// Allocates and locks: it is for start-up, not for requests.
    ///
    /// # Errors
    /// If the name is no DNS label.
    pub fn named(name: &str, on: bool) -> Result<&'static Self, NameError> {
        name::check(name).map_err(|fault| NameError { found: name.to_owned(), fault })?;
        let known = switches::switches().into_iter().find_map(|switch| match switch {
            Switch::Flag(flag) if flag.name == name => Some(flag),
            _ => None,
        });
        Ok(known.unwrap_or_else(|| {
            let name = name::intern(name);
            let flag: &'static Self = Box::leak(Box::new(if on { Self::on(name) } else { Self::off(name) }));
            switches::list(Switch::Flag(flag));
            flag
        }))
    }

    /// The name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Whether this call has the feature: for a share, at random. About a nanosecond.
    #[inline]
    pub fn enabled(&self) -> bool {
        let word = self.cell.word();
        if word & ALL != 0 {
            return true;
        }
        if word as u32 == 0 { false } else { spread::random() < word as u32 }
    }

    /// Whether this key has the feature: always the same answer while the share stands, and whoever is in at a share is in
    /// at every larger one.
    ///
    /// A key is in if `murmur3_32(name ++ key) < share`, which is flagd's `(hash × total) >> 32` for a rule whose first
    /// variant is the one that is on.
    #[inline]
    pub fn enabled_for(&self, key: impl AsRef<[u8]>) -> bool {
        let word = self.cell.word();
        if word & ALL != 0 {
            return true;
        }
        if word as u32 == 0 { false } else { self.begun.with(key.as_ref()) < word as u32 }
    }

    /// The same as [`enabled`](Self::enabled), as the arm that this call takes.
    #[inline]
    pub fn arm(&self) -> Arm {
        if self.enabled() { Arm::On } else { Arm::Off }
    }

    /// The same as [`enabled_for`](Self::enabled_for), as the arm that this key takes.
    #[inline]
    pub fn arm_for(&self, key: impl AsRef<[u8]>) -> Arm {
        if self.enabled_for(key) { Arm::On } else { Arm::Off }
    }

    /// Counts what became of a call under its arm, so that a policy can tell a guilty feature from an innocent one.
    /// `#[flag]` together with `#[sli]` does it by itself.
    #[inline]
    pub fn observe(&self, arm: Arm, outcome: Outcome) {
        self.arms.observe(arm, outcome);
    }

    /// Counts that a call of this arm has begun, which [`end`](Self::end) will be told of.
    #[inline]
    pub(crate) fn begin(&self, arm: Arm) {
        self.arms.begin(arm);
    }

    /// Counts what became of a call that has begun.
    #[inline]
    pub(crate) fn end(&self, arm: Arm, outcome: Outcome) {
        self.arms.end(arm, outcome);
    }

    /// How many calls of an arm have ever begun.
    pub(crate) fn began(&self, arm: Arm) -> u64 {
        self.arms.began(arm)
    }

    /// How many calls of an arm have begun and not ended, as far as `#[flag]` together with `#[sli]` counts them.
    ///
    /// ```
    /// use reliability_core::{Arm, Flag};
    /// static PRICES: Flag = Flag::on("prices-under-way");
    /// assert_eq!(PRICES.in_flight(Arm::On), 0);
    /// ```
    pub fn in_flight(&self, arm: Arm) -> u64 {
        self.arms.in_flight(arm)
    }

    /// What was counted for an arm since the process began.
    pub fn counts(&self, arm: Arm) -> ArmCounts {
        self.arms.counts(arm)
    }

    /// The share that is in force.
    ///
    /// ```
    /// use reliability_core::{Flag, SetBy, Share};
    /// static LATER: Flag = Flag::off("later");
    /// assert_eq!((LATER.share(), LATER.set_by()), (Share::NONE, SetBy::Declared));
    /// ```
    pub fn share(&self) -> Share {
        Share::from_units(self.cell.load())
    }

    /// Who set it.
    pub fn set_by(&self) -> SetBy {
        self.cell.set_by()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn set(flag: &Flag, share: Share) {
        flag.cell.set(SetBy::Provider, Some(share.units()));
    }

    #[test]
    fn a_share_of_a_hundred_thousand_keys_is_in() {
        static FLAG: Flag = Flag::on("bounds");
        for ppm in [1_000, 10_000, 100_000, 500_000, 900_000] {
            set(&FLAG, Share::from_ppm(ppm));
            let mut inside = 0_u32;
            for key in 0..100_000 {
                inside += u32::from(FLAG.enabled_for(format!("user-{key}")));
            }
            let share = f64::from(ppm) / 1e6;
            let (expected, deviation) = (1e5 * share, (1e5 * share * (1.0 - share)).sqrt());
            assert!((f64::from(inside) - expected).abs() < 5.0 * deviation, "{inside} of {expected}");
        }
    }

    #[test]
    fn a_share_of_calls_without_a_key_is_in() {
        static FLAG: Flag = Flag::for_share("keyless", Share::ratio(1, 4));
        let inside = (0..100_000).filter(|_| FLAG.enabled()).count();
        assert!((24_000..26_000).contains(&inside), "{inside}");
    }

    #[test]
    fn all_and_none_are_answered_for_everybody() {
        static ON: Flag = Flag::on("everybody");
        static OFF: Flag = Flag::off("nobody");
        for key in 0..1_000_u32 {
            assert!(ON.enabled_for(key.to_le_bytes()) && ON.enabled());
            assert!(!OFF.enabled_for(key.to_le_bytes()) && !OFF.enabled());
        }
    }

    proptest! {
        #[test]
        fn a_key_stays_and_a_larger_share_switches_nobody_off(key: String, shares in (0.0..1.0_f64, 0.0..1.0_f64)) {
            static FLAG: Flag = Flag::on("monotone");
            let (less, more) = (Share::of(shares.0.min(shares.1)), Share::of(shares.0.max(shares.1)));
            set(&FLAG, less);
            let first = FLAG.enabled_for(&key);
            prop_assert_eq!(first, FLAG.enabled_for(&key));
            set(&FLAG, more);
            prop_assert!(!first || FLAG.enabled_for(&key));
        }

        #[test]
        fn a_key_is_in_the_bucket_that_flagd_gives_it(key in "[a-z0-9-]{1,36}", part in 0_u32..=100) {
            static FLAG: Flag = Flag::on("fractional");
            set(&FLAG, Share::ratio(part, 100));
            let hash = Begun::new("").with(format!("fractional{key}").as_bytes());
            prop_assert_eq!(FLAG.enabled_for(&key), (u64::from(hash) * 100) >> 32 < u64::from(part));
        }
    }
}
