//! Closed slices, each in as few bytes as its method needs.

use crate::spec::SliceTarget;

/// 2⁹ · 3³ · 5⁶ · 7 · 11 · 13 · 17 · 19 · 23 · 29 · 31.
pub(super) const PARTS: u64 = 512 * 27 * 15_625 * 7 * 11 * 13 * 17 * 19 * 23 * 29 * 31;

/// Slices that have events, and what was bad of them: whole ones by verdict, [`PARTS`] by ratio.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sliced {
    pub(super) valid: u64,
    pub(super) bad: u128,
}

/// A ring of closed slices, the place of each by its number.
#[derive(Clone, Debug)]
pub(super) enum Cells {
    /// 0 without events, 1 good, 2 bad.
    Verdicts(SliceTarget, Box<[u8]>),
    /// What was bad in [`PARTS`]; all ones without events.
    Ratios(Box<[u64]>),
}

impl Cells {
    pub(super) const fn len(&self) -> i64 {
        match self {
            Self::Verdicts(_, cells) => cells.len() as i64,
            Self::Ratios(cells) => cells.len() as i64,
        }
    }

    /// A slice that the ring still holds.
    pub(super) fn at(&self, slice: i64) -> Sliced {
        let place = slice.rem_euclid(self.len()) as usize;
        match self {
            Self::Verdicts(_, cells) => {
                Sliced { valid: u64::from(cells[place] > 0), bad: u128::from(cells[place] / 2) }
            }
            Self::Ratios(cells) if cells[place] == u64::MAX => Sliced::default(),
            Self::Ratios(cells) => Sliced { valid: 1, bad: cells[place].into() },
        }
    }

    pub(super) fn set(&mut self, slice: i64, judged: Sliced) {
        let place = slice.rem_euclid(self.len()) as usize;
        match self {
            Self::Verdicts(_, cells) => cells[place] = judged.valid as u8 + judged.bad as u8,
            Self::Ratios(cells) => cells[place] = if judged.valid == 0 { u64::MAX } else { judged.bad as u64 },
        }
    }
}

impl std::ops::Add for Sliced {
    type Output = Self;
    fn add(self, other: Self) -> Self {
        Self { valid: self.valid + other.valid, bad: self.bad + other.bad }
    }
}

impl std::ops::Sub for Sliced {
    type Output = Self;
    fn sub(self, other: Self) -> Self {
        Self { valid: self.valid.saturating_sub(other.valid), bad: self.bad.saturating_sub(other.bad) }
    }
}
