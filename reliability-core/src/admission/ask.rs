//! What a request says about itself at the door.
//!
//! An ask becomes a rank of sixteen bits, and a gate compares ranks only: class (2 bits), first attempt or not (1), level (7),
//! and a spread (6) that is drawn anew for each call, so that a cut can fall between requests that say the same. Without a level
//! the spread fills its place too: then a class is cut at random, evenly. With a key the same customer is on the same side
//! of the cut at every gate and every call, so that few are refused everything rather than everybody something.
//!
//! Retried work ranks below all first attempts of its class and above the class beneath: a storm of retries is refused
//! before fresh work, but never lifts a lower class over a higher one.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use super::priority::Priority;
use crate::clock::Stamp;
use crate::table::hash;

/// Ranks that a gate tells apart in its statistics: the upper seven bits of a rank.
pub(crate) const BINS: usize = 128;
/// Ranks in a bin.
pub(crate) const RANKS_IN_BIN: u32 = 1 << 9;

/// Cells of a gate for admissions, and as many for refusals: one for each bin, and one for each class and first attempt or not,
/// of asks that named no level. Those are spread over their bins when they are added up.
pub(crate) const CELLS: usize = BINS + 8;

/// What is known of a rank before anything is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    /// The least that it can be.
    pub(crate) floor: u16,
    /// The bits that are drawn for each call.
    drawn: u16,
    /// Where it is counted.
    pub(crate) cell: u16,
}

impl Standing {
    /// The rank of one call, drawn from its reading of the clock.
    #[inline(always)]
    #[allow(clippy::inline_always)]
    pub(crate) fn rank(self, stamp: Stamp) -> u16 {
        let mixed = (stamp.raw().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 51) as u16;
        self.floor | mixed & self.drawn
    }

    /// Whether it is below a cut. Nothing is drawn where the cut does not pass through what can be drawn.
    #[inline(always)]
    #[allow(clippy::inline_always)]
    pub(crate) fn is_below(self, cut: u64, stamp: Stamp) -> bool {
        u64::from(self.floor) < cut && u64::from(self.rank(stamp)) < cut
    }
}

/// The header that an ask travels in from one service to the next.
///
/// ```
/// use reliability_core::{ASK_HEADER, Ask, Priority};
/// let header = format!("{ASK_HEADER}: {}", Ask::new(Priority::High).attempt(2));
/// assert_eq!(header, "reliability-ask: high; attempt=2");
/// ```
pub const ASK_HEADER: &str = "reliability-ask";

/// The longest header that is read; a longer one says nothing.
const MAX_HEADER: usize = 128;

/// What a request says at the door. Made from a [`Priority`], and more where it matters.
///
/// ```
/// use reliability_core::{Ask, Priority};
/// use std::time::Duration;
///
/// let ask = Ask::new(Priority::High).key("customer-17").deadline(Duration::from_millis(250)).attempt(2);
/// assert_eq!((ask.priority, ask.attempt), (Priority::High, 2));
/// let again: Ask = ask.to_string().parse().unwrap(); // as it travels in a header
/// assert_eq!(again, ask);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Ask {
    /// Its class.
    pub priority: Priority,
    /// Its place within the class, 0 to 127, the greater the more important; none: anywhere, drawn for each call.
    pub level: Option<u8>,
    /// How long the caller will still wait. A gate refuses at once what cannot be answered by then.
    pub deadline: Option<Duration>,
    /// 1 for the first attempt. Retried work is refused first.
    pub attempt: u8,
    /// How much of the service it takes, in ordinary requests; at least 1.
    pub cost: u16,
}

impl Default for Ask {
    fn default() -> Self {
        Self::new(Priority::Normal)
    }
}

impl From<Priority> for Ask {
    #[inline]
    fn from(priority: Priority) -> Self {
        Self::new(priority)
    }
}

impl Ask {
    /// An ask of this class and nothing else.
    #[inline]
    pub const fn new(priority: Priority) -> Self {
        Self { priority, level: None, deadline: None, attempt: 1, cost: 1 }
    }

    /// The ask of the task that runs on this thread, with what is left of its deadline; a normal one if nobody set any. See
    /// [`scope`](super::scope).
    ///
    /// ```
    /// use reliability_core::{Ask, Priority, admission};
    /// admission::with(Priority::Critical, || assert_eq!(Ask::current().priority, Priority::Critical));
    /// assert_eq!(Ask::current(), Ask::default());
    /// ```
    pub fn current() -> Self {
        super::context::current()
    }

    /// A level made from who asks: the same key is always on the same side of a cut.
    #[must_use]
    pub fn key(self, key: &str) -> Self {
        // the upper bits of FNV are the well mixed ones
        let mixed = hash([key]).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.level((mixed >> 57) as u8)
    }

    /// A place within the class, 127 at the most.
    #[must_use]
    #[inline]
    pub const fn level(mut self, level: u8) -> Self {
        self.level = Some(if level > 127 { 127 } else { level });
        self
    }

    /// How long the caller will still wait.
    #[must_use]
    #[inline]
    pub const fn deadline(mut self, left: Duration) -> Self {
        self.deadline = Some(left);
        self
    }

    /// Which attempt this is; 0 is read as 1.
    #[must_use]
    #[inline]
    pub const fn attempt(mut self, attempt: u8) -> Self {
        self.attempt = if attempt == 0 { 1 } else { attempt };
        self
    }

    /// How many ordinary requests it takes the place of; 0 is read as 1.
    #[must_use]
    #[inline]
    pub const fn cost(mut self, cost: u16) -> Self {
        self.cost = if cost == 0 { 1 } else { cost };
        self
    }

    /// What a function says of a request that is under way already: its class is the function's word. Who asks, how long the
    /// caller will wait and how often it has tried stay true whatever the function says, so the stricter of both holds.
    #[inline]
    pub(crate) fn inherit(mut self, outer: &Self) -> Self {
        self.level = self.level.or(outer.level);
        self.deadline = match (self.deadline, outer.deadline) {
            (Some(own), Some(left)) => Some(own.min(left)),
            (own, left) => own.or(left),
        };
        self.attempt = self.attempt.max(outer.attempt);
        self
    }

    /// Its rank among what is offered. See the head of this file.
    #[cfg(test)]
    pub(crate) fn rank(&self, stamp: Stamp) -> u16 {
        self.standing().rank(stamp)
    }

    /// What is known of its rank before anything is drawn.
    #[inline(always)]
    #[allow(clippy::inline_always)] // folded where the ask is written
    pub(crate) fn standing(&self) -> Standing {
        let class = self.priority as u16;
        let first = u16::from(self.attempt <= 1);
        let floor = class << 14 | first << 13;
        match self.level {
            Some(level) => {
                let floor = floor | u16::from(level & 127) << 6;
                Standing { floor, drawn: 63, cell: floor / RANKS_IN_BIN as u16 }
            }
            None => Standing { floor, drawn: (1 << 13) - 1, cell: BINS as u16 + class * 2 + first },
        }
    }

    /// Nanoseconds left until its deadline.
    #[inline]
    pub(crate) fn nanos_left(&self) -> Option<u64> {
        self.deadline.map(|left| u64::try_from(left.as_nanos()).unwrap_or(u64::MAX))
    }
}

/// As it stands in a header: `critical`, then `; level=17`, `; deadline=250` (milliseconds left), `; attempt=2`, `; cost=3`
/// where they say something. A deadline is rounded down, so that nobody waits for more than there is.
impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.priority.name())?;
        if let Some(level) = self.level {
            write!(f, "; level={level}")?;
        }
        if let Some(left) = self.deadline {
            write!(f, "; deadline={}", left.as_millis().min(MAX_DEADLINE_MILLIS))?;
        }
        if self.attempt > 1 {
            write!(f, "; attempt={}", self.attempt)?;
        }
        if self.cost > 1 {
            write!(f, "; cost={}", self.cost)?;
        }
        Ok(())
    }
}

/// A day: a caller that waits longer has no deadline that a gate could care for.
const MAX_DEADLINE_MILLIS: u128 = 86_400_000;

/// A header that is no ask.
///
/// ```
/// use reliability_core::Ask;
/// assert!("critical; level=200".parse::<Ask>().is_err());
/// assert!("high; spell=17".parse::<Ask>().is_ok()); // what a later version may say is passed over
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AskError;

impl fmt::Display for AskError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("no ask: a priority is accepted, then `; level=0..127`, `; deadline=MILLISECONDS`, `; attempt=1..255`, `; cost=1..65535`")
    }
}

impl std::error::Error for AskError {}

impl FromStr for Ask {
    type Err = AskError;

    fn from_str(text: &str) -> Result<Self, AskError> {
        if text.len() > MAX_HEADER {
            return Err(AskError);
        }
        let mut parts = text.split(';').map(str::trim);
        let priority = parts.next().and_then(Priority::from_name).ok_or(AskError)?;
        let mut ask = Self::new(priority);
        for part in parts.filter(|part| !part.is_empty()) {
            let (name, value) = part.split_once('=').ok_or(AskError)?;
            let number = |most: u64| {
                let digits = value.bytes().all(|byte| byte.is_ascii_digit());
                value.parse::<u64>().ok().filter(|number| digits && *number <= most).ok_or(AskError)
            };
            match name {
                "level" => ask.level = Some(number(127)? as u8),
                "deadline" => ask.deadline = Some(Duration::from_millis(number(MAX_DEADLINE_MILLIS as u64)?)),
                "attempt" => ask = ask.attempt(number(255)? as u8),
                "cost" => ask = ask.cost(number(65_535)? as u16),
                _ => {}
            }
        }
        Ok(ask)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_higher_class_outranks_every_level_and_a_retry_only_its_own_class() {
        let at = |ask: Ask| ask.rank(Stamp::from_nanos(77));
        assert!(at(Ask::new(Priority::High).level(0)) > at(Ask::new(Priority::Normal).level(127)));
        assert!(at(Ask::new(Priority::High).level(127).attempt(2)) < at(Ask::new(Priority::High).level(0)));
        assert!(at(Ask::new(Priority::High).level(0).attempt(2)) > at(Ask::new(Priority::Normal).level(127)));
    }

    #[test]
    fn asks_without_a_level_spread_evenly_over_their_class() {
        let mut bins = [0_u32; BINS];
        for nanos in 0..100_000 {
            let rank = Ask::default().rank(Stamp::from_nanos(nanos * 37 + 1));
            bins[(u32::from(rank) / RANKS_IN_BIN) as usize] += 1;
        }
        // sixteen bins of first attempts
        assert!(bins.iter().filter(|count| **count > 0).all(|count| (5_900..6_600).contains(count)), "{bins:?}");
        assert_eq!(bins.iter().filter(|count| **count > 0).count(), 16);
    }

    #[test]
    fn a_key_is_always_at_the_same_level() {
        let level = |key: &str| Ask::default().key(key).level;
        assert_eq!(level("customer-17"), level("customer-17"));
        let different: std::collections::BTreeSet<_> = (0..1_000).map(|i| level(&format!("customer-{i}"))).collect();
        assert!(different.len() > 120, "{}", different.len());
    }

    proptest! {
        #[test]
        fn whatever_stands_in_the_header_is_read_or_refused_without_a_panic(text in ".{0,160}") {
            if let Ok(ask) = text.parse::<Ask>() {
                prop_assert_eq!(ask.to_string().parse::<Ask>(), Ok(ask));
            }
        }

        #[test]
        fn what_is_written_reads_the_same(
            class in 0_usize..4, level in proptest::option::of(0_u8..128),
            left in proptest::option::of(0_u64..86_400_000), attempt in 1_u8.., cost in 1_u16..,
        ) {
            let mut ask = Ask::new(Priority::ALL[class]).attempt(attempt).cost(cost);
            ask.level = level;
            ask.deadline = left.map(Duration::from_millis);
            let text = ask.to_string();
            prop_assert!(text.len() <= MAX_HEADER);
            prop_assert_eq!(text.parse::<Ask>(), Ok(ask));
        }
    }
}
