//! Whether the service really takes longer, or only because too much is inside.
//!
//! A service time that was measured while more was inside than the server works on is too long, and makes the knee seem just as
//! far away: a limit by it keeps the server where it is, for ever, refusing by its own slowness. So a service time that has
//! grown by half since it was last confirmed, or never was, is doubted when requests have been refused for it for a second: for 64
//! completions no more are let in than the confirmed one, or half of it, would allow, and what they take is the truth. Either it is as long with so few inside, then it is
//! confirmed (a dependency has slowed down), or it is not, then it begins again from there. Nothing is tried while nobody
//! is refused: healthy traffic is never squeezed to measure it.

use super::service_time::{Service, Sum};

/// How much longer is doubted.
const LONGER: f64 = 1.5;
/// What is less than this share of what was believed is the truth.
const SHORTER: f64 = 0.75;
/// What is measured over fewer completions confirms nothing.
const KNOWN: f64 = 256.0;
/// For so long requests are refused before a doubt, and so long without one ends that, in nanoseconds.
const PRESSED: f64 = 1e9;
const EASED: f64 = 0.2e9;
/// Completions that settle it.
const ENOUGH: f64 = 64.0;
/// A doubt that cannot be settled within so many confirmed service times, at least two seconds, is put off.
const PATIENCE: f64 = 400.0;

#[derive(Debug)]
pub(super) struct Doubt {
    /// The service time as it was last confirmed, in nanoseconds; 0 before one is known.
    confirmed: f64,
    /// What was seen of few requests, and since when.
    underway: Option<(Sum, f64)>,
    right: bool,
    /// For how long requests have been refused, and since when none was.
    pressed: f64,
    eased: f64,
    /// Not doubted again before so long.
    rest: f64,
}

impl Doubt {
    pub(super) const NONE: Self =
        Self { confirmed: 0.0, underway: None, right: false, pressed: 0.0, eased: 0.0, rest: 0.0 };

    /// The service time as it was last confirmed, if one was and this is longer.
    pub(super) fn confirmed_of(&self, believed: f64) -> f64 {
        if self.confirmed > 0.0 { believed.min(self.confirmed) } else { believed }
    }

    /// Whether the last doubt was settled at the last look, and the service time was wrong.
    pub(super) fn was_right(&mut self) -> bool {
        std::mem::take(&mut self.right)
    }

    /// One look: as many as may be inside while a doubt is underway.
    pub(super) fn look(
        &mut self,
        service: &mut Service,
        (before, area): (f64, f64),
        (time, completed, refused): (f64, f64, f64),
        served: f64,
    ) -> Option<f64> {
        let believed = service.time;
        if believed <= 0.0 {
            return None;
        }
        if service.long.completed >= KNOWN && (self.confirmed <= 0.0 || believed < self.confirmed) {
            self.confirmed = believed;
        }
        self.eased = if refused > 0.0 { 0.0 } else { self.eased + time };
        self.pressed = if self.eased > EASED { 0.0 } else { self.pressed + time };
        self.rest = (self.rest - time).max(0.0);
        // the half of it finds out about a crowd of any size, in steps
        let half = 0.5 * believed;
        let aim = if self.confirmed > 0.0 { self.confirmed.min(half) } else { half };
        let most = (1.25 * served * aim).max(1.0) + 1.0;
        let Some((seen, spent)) = &mut self.underway else {
            // what was never confirmed is always doubted
            if self.pressed > PRESSED && self.rest <= 0.0 && believed > LONGER * self.confirmed {
                self.underway = Some((Sum::NOTHING, 0.0));
                return Some(most);
            }
            return None;
        };
        *spent += time;
        if before <= most + 2.0 {
            seen.add(area, completed, f64::MAX);
        }
        if seen.completed >= ENOUGH {
            let found = seen.time();
            if found < SHORTER * believed {
                service.begin_again(*seen);
                self.right = true;
            }
            (self.confirmed, self.underway, self.pressed) = (found, None, 0.0);
            return None;
        }
        if *spent > (PATIENCE * aim).max(2e9) {
            (self.underway, self.rest) = (None, 10e9);
            return None;
        }
        Some(most)
    }
}
