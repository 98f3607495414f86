//! A share of something, as a fraction that is compared exactly: in 128 bits where the products fit, else in whole numbers
//! of any size.

use std::cmp::Ordering;

use num_bigint::BigInt;
use num_rational::BigRational;

use crate::case::Exact;

/// `up / down`; `down` is above 0.
#[derive(Clone, Debug)]
pub(crate) enum Share {
    Small { up: i128, down: i128 },
    Large { up: BigInt, down: BigInt },
}

impl Share {
    pub(crate) const fn new(up: i128, down: i128) -> Self {
        Self::Small { up, down }
    }

    /// Against a threshold.
    pub(crate) fn against(&self, threshold: Exact) -> Ordering {
        let (n, d) = (*threshold.numer(), *threshold.denom());
        match self {
            Self::Small { up, down } => match (up.checked_mul(d), down.checked_mul(n)) {
                (Some(left), Some(right)) => left.cmp(&right),
                _ => (BigInt::from(*up) * d).cmp(&(BigInt::from(*down) * n)),
            },
            Self::Large { up, down } => (up * d).cmp(&(down * n)),
        }
    }

    pub(crate) fn exactly(&self) -> BigRational {
        match self {
            Self::Small { up, down } => BigRational::new((*up).into(), (*down).into()),
            Self::Large { up, down } => BigRational::new(up.clone(), down.clone()),
        }
    }
}

pub(crate) fn big(small: Exact) -> BigRational {
    BigRational::new((*small.numer()).into(), (*small.denom()).into())
}

pub(crate) fn whole(n: i128) -> BigRational {
    BigRational::from_integer(n.into())
}

#[test]
fn shares_that_do_not_fit_into_128_bits_compare_as_those_that_do() {
    let threshold = Exact::new(72, 5_000);
    for (up, expected) in [(9, Ordering::Equal), (10, Ordering::Greater), (8, Ordering::Less)] {
        assert_eq!(Share::new(up, 625).against(threshold), expected);
        assert_eq!(Share::new(up << 115, 625 << 115).against(threshold), expected);
        let large = Share::Large { up: BigInt::from(up) << 300, down: BigInt::from(625) << 300 };
        assert_eq!(large.against(threshold), expected);
    }
}
