//! Shares of events, as integers.
//!
//! `1 - 0.999` is 0.0010000000000000009 in binary floating point, and at a burn rate of exactly 6 that decides an alert the
//! wrong way. An objective is therefore a whole number of parts per billion (nine decimals: 99.9999999 % is the strictest),
//! and every decision multiplies integers in 128 bits. Floats appear only where a figure is shown.

use std::fmt;

use super::text::SpecError;

pub(super) const BILLION: u32 = 1_000_000_000;

/// The share of valid events that must be good: above 0 and below 1, exact to one part in a billion.
///
/// ```
/// use reliability_core::Objective;
/// let objective = Objective::parse("99.95%")?;
/// assert_eq!(objective.ppb(), 999_500_000);
/// assert_eq!(objective.to_string(), "99.95%");
/// # Ok::<(), reliability_core::SpecError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Objective(u32);

impl Objective {
    /// From parts per billion: 999 000 000 is 99.9 %. `None` at 0 and from 1 000 000 000 (100 %) on: an objective of 100 %
    /// leaves no budget, so its burn rate would divide by zero.
    pub const fn from_ppb(ppb: u32) -> Option<Self> {
        if ppb == 0 || ppb >= BILLION { None } else { Some(Self(ppb)) }
    }

    /// Reads a percentage of at most seven decimals, such as `99.9%` or `99.95 %`.
    ///
    /// # Errors
    /// If the text is no percentage, is 0 or less, 100 or more, or has more than seven decimals.
    pub const fn parse(text: &str) -> Result<Self, SpecError> {
        super::text::objective(text)
    }

    /// Parts per billion that must be good.
    pub const fn ppb(self) -> u32 {
        self.0
    }

    /// Parts per billion that may be bad: 1 − objective.
    pub const fn error_ppb(self) -> u32 {
        BILLION - self.0
    }
}

impl fmt::Display for Objective {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_percentage(self.0, f)
    }
}

/// Parts per billion as a percentage without needless zeros.
pub(super) fn write_percentage(ppb: u32, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let (whole, decimals) = (ppb / 10_000_000, ppb % 10_000_000);
    let decimals = format!("{decimals:07}");
    match decimals.trim_end_matches('0') {
        "" => write!(f, "{whole}%"),
        some => write!(f, "{whole}.{some}%"),
    }
}

/// An exact non-negative fraction: a burn-rate factor (14.4 is 72/5), never a binary float.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ratio {
    numerator: u64,
    denominator: u64,
}

impl Ratio {
    /// `numerator / denominator` in lowest terms; a denominator of 0 is read as 1.
    pub const fn new(numerator: u64, denominator: u64) -> Self {
        let denominator = if denominator == 0 { 1 } else { denominator };
        let (mut a, mut b) = (numerator, denominator);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        Self { numerator: numerator / a, denominator: denominator / a }
    }

    /// The upper part, in lowest terms.
    pub const fn numerator(self) -> u64 {
        self.numerator
    }

    /// The lower part, in lowest terms.
    pub const fn denominator(self) -> u64 {
        self.denominator
    }

    /// For display.
    pub fn as_f64(self) -> f64 {
        self.numerator as f64 / self.denominator as f64
    }
}

impl fmt::Display for Ratio {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", (self.as_f64() * 10_000.0).round() / 10_000.0)
    }
}
