//! Chance that comes out alike: a seed gives the same numbers on every run.
//!
//! `SplitMix64` (Steele, Lea and Flood, 2014): one addition and a mix of three multiplications and shifts. It is no
//! generator for secrets, but its streams pass the usual batteries, and a stream can be begun anywhere for nothing: each
//! request draws from a stream of its own, begun from (seed, request, attempt), so that two rules see the same requests
//! with the same needs, whatever either refused. An own twenty lines instead of a crate, because the bytes of a run are
//! part of what tests compare, and a crate may change its streams from one version to the next.
//!
//! Limit: logarithms and cosines are the platform's, so a run is the same byte for byte on one platform, not over all.

use super::setting::Shape;

/// A stream of numbers.
#[derive(Clone, Debug)]
pub(super) struct Random(u64);

fn mix(mut z: u64) -> u64 {
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

impl Random {
    /// A stream of its own for each pair.
    pub(super) fn new(seed: u64, stream: u64) -> Self {
        Self(mix(mix(seed).wrapping_add(stream.wrapping_mul(0x9E37_79B9_7F4A_7C15))))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        mix(self.0)
    }

    /// Above 0, at most 1: its logarithm is finite.
    pub(super) fn unit(&mut self) -> f64 {
        ((self.next() >> 11) + 1) as f64 / (1_u64 << 53) as f64
    }

    /// Exponential with mean 1.
    pub(super) fn exponential(&mut self) -> f64 {
        -self.unit().ln()
    }

    /// A service time with mean 1.
    pub(super) fn shaped(&mut self, shape: Shape) -> f64 {
        match shape {
            Shape::Constant => 1.0,
            Shape::Exponential => self.exponential(),
            Shape::Erlang { stages } => {
                let stages = stages.max(1);
                (0..stages).map(|_| self.exponential()).sum::<f64>() / f64::from(stages)
            }
            Shape::LogNormal { variation } => {
                let variance = (1.0 + variation * variation).ln();
                // Box and Muller's transform
                let normal = (-2.0 * self.unit().ln()).sqrt() * (std::f64::consts::TAU * self.unit()).cos();
                (variance.sqrt() * normal - variance / 2.0).exp()
            }
            Shape::Bimodal => {
                if self.unit() <= 0.9 {
                    0.5
                } else {
                    5.5
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_has_mean_one_and_the_variation_it_says() {
        let lognormal = Shape::LogNormal { variation: 2.0 };
        let shapes =
            [(Shape::Exponential, 1.0), (Shape::Erlang { stages: 4 }, 0.5), (lognormal, 2.0), (Shape::Bimodal, 1.5)];
        for (shape, variation) in shapes {
            let mut random = Random::new(7, 0);
            let drawn: Vec<f64> = (0..400_000).map(|_| random.shaped(shape)).collect();
            let mean = drawn.iter().sum::<f64>() / drawn.len() as f64;
            let variance = drawn.iter().map(|it| (it - mean).powi(2)).sum::<f64>() / drawn.len() as f64;
            assert!((mean - 1.0).abs() < 0.02, "{shape:?}: mean {mean}");
            assert!((variance.sqrt() / mean - variation).abs() < 0.12, "{shape:?}: {}", variance.sqrt() / mean);
        }
    }
}
