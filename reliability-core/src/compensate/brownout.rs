//! Optional content as a controlled quantity.
//!
//! The adaptive controller of the brownout papers (Klein, Maggio, Årzén, Hernández-Rodriguez 2014), as in their simulator: the
//! time of the slow calls is taken to be proportional to the share θ of calls that get the optional content, t ≈ α·θ; α is
//! estimated by recursive least squares with forgetting, and θ moves by half a tenth of what would bring t to the setpoint at
//! once (a pole at 0.9). Every half second.
//!
//! The time is the 95th percentile of the calls that ended since the last step. Of those of the last five to ten seconds, which is a
//! delay of a dozen steps, θ swung between 0.06 and 0.49 where 0.45 was right; so it stays between 0.34 and 0.50
//! (`tests/policies/simulated.rs`, a queue of 16 workers whose optional part takes 22 of 32 ms).
//!
//! Limits: it believes in t ≈ α·θ, so θ does not bring down a time that optional content does not cause; it then goes to 0 and stays
//! until the time is below the setpoint. Overload beyond that is a gate's work.

use std::time::Duration;

use crate::admission::Share;

/// How often it is to be stepped.
pub(super) const PERIOD: Duration = Duration::from_millis(500);
const POLE: f64 = 0.9;
const FORGETTING: f64 = 0.95;
const UNSURE: f64 = 1000.0;
/// A share that is still served lets the estimate go on learning, and finds the way up.
const LEAST: f64 = 1e-3;

/// Steers a share so that a time stays at a setpoint. Pure: it is given the time that it steers, every half second.
///
/// ```
/// use reliability_core::compensate::Brownout;
/// use std::time::Duration;
///
/// let mut controller = Brownout::new(Duration::from_millis(250));
/// for _ in 0..400 {
///     let theta = controller.theta().as_f64();
///     controller.step(Some(Duration::from_secs_f64(0.1 + 0.4 * theta))); // 500 ms with everything, 100 ms without
/// }
/// assert!((controller.theta().as_f64() - 0.375).abs() < 0.02); // where it takes 250 ms
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Brownout {
    setpoint: f64,
    theta: f64,
    /// Seconds for each unit of θ, and how unsure that is.
    alpha: f64,
    unsure: f64,
}

impl Brownout {
    /// Begins with half.
    pub fn new(setpoint: Duration) -> Self {
        Self { setpoint: setpoint.as_secs_f64().max(1e-6), theta: 0.5, alpha: 0.0, unsure: UNSURE }
    }

    /// The share to serve.
    pub fn theta(&self) -> Share {
        Share::of(self.theta)
    }

    /// Takes the time of the slow calls since the last step, and gives the share. Without calls nothing changes.
    pub fn step(&mut self, time: Option<Duration>) -> Share {
        let Some(time) = time.map(|time| time.as_secs_f64()) else { return self.theta() };
        let theta = self.theta.max(LEAST);
        let gain = self.unsure * theta / (FORGETTING + theta * self.unsure * theta);
        self.alpha += gain * (time - self.alpha * theta);
        self.unsure = ((self.unsure - gain * theta * self.unsure) / FORGETTING).clamp(1e-9, UNSURE);
        // a step of more than all is none, and an estimate of nothing would be a step without end
        let step = 0.5 * (1.0 - POLE) / self.alpha.max(self.setpoint * 1e-3) * (self.setpoint - time);
        self.theta = (self.theta + step.clamp(-1.0, 1.0)).clamp(0.0, 1.0);
        self.theta()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_time_leaves_the_share_between_nothing_and_all() {
        let mut controller = Brownout::new(Duration::from_millis(100));
        for nanos in [0, 1, 1_000, u64::MAX, 0, 5_000_000_000, 1] {
            controller.step(Some(Duration::from_nanos(nanos)));
            assert!((0.0..=1.0).contains(&controller.theta), "{controller:?}");
            assert!(controller.alpha.is_finite() && controller.unsure.is_finite());
        }
    }

    #[test]
    fn a_service_that_is_fast_again_serves_everything_again() {
        let mut controller = Brownout::new(Duration::from_millis(250));
        for _ in 0..100 {
            controller.step(Some(Duration::from_secs(3)));
        }
        assert!(controller.theta < 0.01);
        for _ in 0..100 {
            controller.step(Some(Duration::from_millis(60)));
        }
        assert!(controller.theta > 0.99, "{controller:?}");
    }
}
