//! The table of switches: all that can be turned, and all that a lapsed lease must turn back.
//!
//! Two lists. What an attribute or [`switches!`](crate::switches) names is entered when the program is linked, so that it is known before
//! the first request. What was made or engaged while running, and what guards calls out from its first call on, goes into a bounded table
//! that is only ever filled. A policy can engage a switch only
//! through [`engage`], which puts it into that table first: so the walk of a request that reverts is bounded, needs no lock, and misses
//! nothing.
//!
//! Limit: 1,024 switches can be engaged or made while running over the life of a process; one more cannot be engaged.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::cell::{Cell, SetBy};
use super::share::Share;
use super::{Breaker, Bulkhead, Dimmer, Flag, Gate, Ladder, RetryBudget};
use crate::name;

/// What can be turned.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Switch {
    Flag(&'static Flag),
    Ladder(&'static Ladder),
    Dimmer(&'static Dimmer),
    /// Its value is the share that is refused on purpose.
    Gate(&'static Gate),
    /// The same for calls out.
    Breaker(&'static Breaker),
    /// The same.
    Bulkhead(&'static Bulkhead),
    /// The same of retries.
    Retries(&'static RetryBudget),
}

impl Switch {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Flag(flag) => flag.name(),
            Self::Ladder(ladder) => ladder.name(),
            Self::Dimmer(dimmer) => dimmer.name(),
            Self::Gate(gate) => gate.name(),
            Self::Breaker(breaker) => breaker.name(),
            Self::Bulkhead(bulkhead) => bulkhead.name(),
            Self::Retries(budget) => budget.name(),
        }
    }

    /// The word for what it is.
    pub(crate) const fn kind(self) -> &'static str {
        match self {
            Self::Flag(_) => "flag",
            Self::Ladder(_) => "ladder",
            Self::Dimmer(_) => "dimmer",
            Self::Gate(_) => "gate",
            Self::Breaker(_) => "breaker",
            Self::Bulkhead(_) => "bulkhead",
            Self::Retries(_) => "retries",
        }
    }

    pub(crate) const fn cell(self) -> &'static Cell {
        match self {
            Self::Flag(flag) => &flag.cell,
            Self::Ladder(ladder) => &ladder.cell,
            Self::Dimmer(dimmer) => &dimmer.cell,
            Self::Gate(gate) => &gate.cell,
            Self::Breaker(breaker) => &breaker.gate().cell,
            Self::Bulkhead(bulkhead) => &bulkhead.gate().cell,
            Self::Retries(budget) => &budget.calls().cell,
        }
    }

    /// The gate whose share is refused on purpose, if it is that which is turned.
    const fn gate(self) -> Option<&'static Gate> {
        match self {
            Self::Gate(gate) => Some(gate),
            Self::Breaker(breaker) => Some(breaker.gate()),
            Self::Bulkhead(bulkhead) => Some(bulkhead.gate()),
            Self::Retries(budget) => Some(budget.calls()),
            Self::Flag(_) | Self::Ladder(_) | Self::Dimmer(_) => None,
        }
    }

    /// Says a value for one of its layers, or takes it back. For a policy's there is [`engage`].
    pub(crate) fn set(self, by: SetBy, value: Option<u64>) {
        self.cell().set(by, value);
        self.changed();
    }

    /// Takes back what policies set. Whether they had set anything.
    pub(super) fn revert(self) -> bool {
        let reverted = self.cell().revert();
        if reverted {
            self.changed();
        }
        reverted
    }

    fn changed(self) {
        if let Some(gate) = self.gate() {
            gate.look_soon();
        }
    }

    /// The value in force, as people write it: a share, or a rung's name.
    pub(crate) fn value(self) -> String {
        match self {
            Self::Flag(flag) => flag.share().to_string(),
            Self::Ladder(ladder) => ladder.at().to_owned(),
            Self::Dimmer(dimmer) => dimmer.theta().to_string(),
            Self::Gate(_) | Self::Breaker(_) | Self::Bulkhead(_) | Self::Retries(_) => {
                Share::from_units(self.cell().load()).to_string()
            }
        }
    }

    fn address(self) -> usize {
        std::ptr::from_ref(self.cell()) as usize
    }
}

/// An entry of the link-time list, made by the attributes: a switch, and of a ladder the rungs that the attribute names.
#[derive(Debug)]
#[doc(hidden)]
pub struct RegisteredSwitch {
    switch: Switch,
    rungs: &'static [&'static str],
}

impl RegisteredSwitch {
    /// A flag that an attribute names.
    pub const fn flag(flag: &'static Flag) -> Self {
        Self { switch: Switch::Flag(flag), rungs: &[] }
    }

    /// A ladder that an attribute names, with the rungs that it names.
    pub const fn ladder(ladder: &'static Ladder, rungs: &'static [&'static str]) -> Self {
        Self { switch: Switch::Ladder(ladder), rungs }
    }

    /// A dimmer.
    pub const fn dimmer(dimmer: &'static Dimmer) -> Self {
        Self { switch: Switch::Dimmer(dimmer), rungs: &[] }
    }

    /// A gate that an attribute names.
    pub const fn gate(gate: &'static Gate) -> Self {
        Self { switch: Switch::Gate(gate), rungs: &[] }
    }

    /// A breaker.
    pub const fn breaker(breaker: &'static Breaker) -> Self {
        Self { switch: Switch::Breaker(breaker), rungs: &[] }
    }

    /// A bulkhead.
    pub const fn bulkhead(bulkhead: &'static Bulkhead) -> Self {
        Self { switch: Switch::Bulkhead(bulkhead), rungs: &[] }
    }

    /// A budget of retries.
    pub const fn retries(budget: &'static RetryBudget) -> Self {
        Self { switch: Switch::Retries(budget), rungs: &[] }
    }
}

/// Enters statics that no attribute names into the table of switches, from the start: so that they are in the report before their first
/// call, and the start finds two of one name.
///
/// ```
/// use reliability_core::{Breaker, Bulkhead, Dimmer, RetryBudget, switches};
///
/// static MAPS: Breaker = Breaker::new("maps");
/// static GEOCODER: Bulkhead = Bulkhead::new("geocoder-calls", 8);
/// static RETRIES: RetryBudget = RetryBudget::new("maps-retries");
/// static PICTURES: Dimmer = Dimmer::new("pictures");
///
/// switches! { breaker MAPS, bulkhead GEOCODER, retries RETRIES, dimmer PICTURES }
///
/// let report = reliability_core::Reliability::start()?.report().response;
/// assert_eq!(report.breakers[0].name, "maps");
/// assert!(report.switch("pictures").is_some());
/// # Ok::<(), reliability_core::StartError>(())
/// ```
/// The kinds are `flag`, `dimmer`, `gate`, `breaker`, `bulkhead` and `retries`. A breaker, a bulkhead or a budget of retries that is not
/// named here is in the table from its first call on.
#[macro_export]
macro_rules! switches {
    ($($kind:ident $path:path),+ $(,)?) => {
        $($crate::__private::inventory::submit! { $crate::__private::RegisteredSwitch::$kind(&$path) })+
    };
}

/// Whether something that no attribute names has entered itself into the table.
#[derive(Debug)]
pub(super) struct Known(AtomicBool);

impl Known {
    pub(super) const fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// Enters it, the first time.
    #[inline]
    pub(super) fn note(&self, switch: Switch) {
        if !self.0.load(Ordering::Relaxed) {
            self.first(switch);
        }
    }

    #[cold]
    #[inline(never)]
    fn first(&self, switch: Switch) {
        self.0.store(true, Ordering::Relaxed);
        list(switch);
    }
}

inventory::collect!(RegisteredSwitch);

const PLACES: usize = 1_024;
static TABLE: [OnceLock<Switch>; PLACES] = [const { OnceLock::new() }; PLACES];
static TAKEN: AtomicUsize = AtomicUsize::new(0);

/// Puts a switch into the table if it is not there. False when the table is full. For the write side: it locks.
pub(crate) fn list(switch: Switch) -> bool {
    static LISTED: Mutex<BTreeSet<usize>> = Mutex::new(BTreeSet::new());
    let mut listed = LISTED.lock().unwrap_or_else(PoisonError::into_inner);
    if listed.contains(&switch.address()) {
        return true;
    }
    let at = TAKEN.load(Ordering::Relaxed);
    let there = TABLE.get(at).is_some_and(|place| place.set(switch).is_ok());
    if there {
        TAKEN.store(at + 1, Ordering::Release);
        listed.insert(switch.address());
    }
    there
}

/// Sets a switch's value for a policy, or takes it back. False, and nothing is set, if the table is full.
///
/// The caller holds the lease.
pub(crate) fn engage(switch: Switch, value: Option<u64>) -> bool {
    let reachable = list(switch);
    if reachable || value.is_none() {
        switch.set(SetBy::Policy, value);
    }
    reachable
}

/// What was engaged or made while running: all that a lapsed lease may have to turn back.
pub(crate) fn engaged() -> impl Iterator<Item = Switch> {
    let taken = TAKEN.load(Ordering::Acquire).min(PLACES);
    TABLE[..taken].iter().filter_map(|place| place.get().copied())
}

/// All switches that are known, by kind and name, each once.
pub(crate) fn switches() -> Vec<Switch> {
    sorted(linked().chain(engaged()))
}

fn linked() -> impl Iterator<Item = Switch> {
    inventory::iter::<RegisteredSwitch>().map(|entry| entry.switch)
}

/// By kind and name, each once.
fn sorted(switches: impl Iterator<Item = Switch>) -> Vec<Switch> {
    let mut seen = BTreeSet::new();
    let mut all: Vec<_> = switches.filter(|switch| seen.insert(switch.address())).collect();
    all.sort_by_key(|switch| (switch.kind(), switch.name()));
    all
}

/// What is wrong with the switches of a program.
///
/// ```
/// use reliability_core::SwitchError;
/// let error = SwitchError::Rung { ladder: "home", rung: "cold", rungs: &["full", "cached"] };
/// assert_eq!(error.to_string(), "the ladder `home` has no rung `cold`: it has full, cached");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SwitchError {
    /// A name is no DNS label.
    Name(name::NameError),
    /// Two of one kind have one name.
    Duplicate {
        /// `flag`, `ladder`, `dimmer`, `gate`, `breaker`, `bulkhead` or `retries`.
        kind: &'static str,
        /// The name.
        name: &'static str,
    },
    /// An attribute names a rung that its ladder does not have.
    Rung {
        /// The ladder.
        ladder: &'static str,
        /// What the attribute says.
        rung: &'static str,
        /// What the ladder has.
        rungs: &'static [&'static str],
    },
}

impl fmt::Display for SwitchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(error) => error.fmt(f),
            Self::Duplicate { kind, name } => {
                write!(f, "two {kind}s are named `{name}`: give one of them another name")
            }
            Self::Rung { ladder, rung, rungs } => {
                write!(f, "the ladder `{ladder}` has no rung `{rung}`: it has {}", rungs.join(", "))
            }
        }
    }
}

impl std::error::Error for SwitchError {}

/// All faults of the switches of a program.
///
/// ```
/// use reliability_core::{SwitchError, SwitchErrors};
/// let errors = SwitchErrors(vec![SwitchError::Duplicate { kind: "flag", name: "banners" }]);
/// assert_eq!(errors.to_string(), "two flags are named `banners`: give one of them another name");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SwitchErrors(pub Vec<SwitchError>);

impl fmt::Display for SwitchErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().enumerate().try_for_each(|(i, error)| write!(f, "{}{error}", if i == 0 { "" } else { "\n" }))
    }
}

impl std::error::Error for SwitchErrors {}

/// Checks the switches of this program: that each has a name of its own, and that the rungs that attributes name are on their
/// ladders. The start checks those that attributes name; this is for a unit test, which finds it earlier, because the compiler
/// cannot look into a static.
///
/// ```
/// reliability_core::check_switches().expect("every switch has a name of its own");
/// ```
///
/// # Errors
/// All faults, not only the first.
pub fn check_switches() -> Result<(), SwitchErrors> {
    check(&switches())
}

/// The same of what attributes name: what was made while running is whose it is.
pub(crate) fn check_linked() -> Result<(), SwitchErrors> {
    check(&sorted(linked()))
}

fn check(all: &[Switch]) -> Result<(), SwitchErrors> {
    let mut errors = Vec::new();
    for (i, switch) in all.iter().enumerate() {
        if let Err(fault) = name::check(switch.name()) {
            errors.push(SwitchError::Name(name::NameError { found: switch.name().into(), fault }));
        }
        if i > 0 && (all[i - 1].kind(), all[i - 1].name()) == (switch.kind(), switch.name()) {
            errors.push(SwitchError::Duplicate { kind: switch.kind(), name: switch.name() });
        }
    }
    for entry in inventory::iter::<RegisteredSwitch>() {
        if let Switch::Ladder(ladder) = entry.switch {
            let unknown = entry.rungs.iter().filter(|rung| ladder.position(rung).is_none());
            errors.extend(unknown.map(|rung| SwitchError::Rung { ladder: ladder.name(), rung, rungs: ladder.rungs() }));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(SwitchErrors(errors)) }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn two_breakers_of_one_name_are_found_and_a_bulkhead_beside_one_is_not_its_double() {
        static MAPS: Breaker = Breaker::new("doubled-maps");
        static AGAIN: Breaker = Breaker::new("doubled-maps");
        static CALLS: Bulkhead = Bulkhead::new("doubled-maps", 1);
        static RETRIES: RetryBudget = RetryBudget::new("Retries of maps");
        let all =
            [Switch::Breaker(&MAPS), Switch::Retries(&RETRIES), Switch::Bulkhead(&CALLS), Switch::Breaker(&AGAIN)];
        let SwitchErrors(errors) = check(&sorted(all.into_iter())).unwrap_err();
        assert_eq!(errors[0], SwitchError::Duplicate { kind: "breaker", name: "doubled-maps" });
        assert!(matches!(&errors[1], SwitchError::Name(error) if error.found == "Retries of maps"));
        assert_eq!(errors.len(), 2);
    }
}
