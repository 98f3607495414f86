//! What is told of a feature: its figure, its bounds, what is spent, by whom, and what a fix would give back.

use super::evaluate::{Evidence, Look, Value, is_by_shares, spent_of};
use super::plan::{At, Composite, Part};
use super::portion::{Portion, Spent};
use crate::slo::Tally;
use crate::spec::{Component, Missing, Objective, Reading};

/// How many steps the question "what would a fix give back?" may take for a feature whose parts are shared.
const MOST_STEPS: usize = 200_000;

/// The figures of a feature at one instant. Each is named by the reading.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CompositeFigures {
    /// How parts become one figure.
    pub reading: Reading,
    /// The share of good; `None` where it is not known, or where budgets are read and not shares.
    pub share: Option<Portion>,
    /// The least and the most that it can be, however parts fail together; `None` where the reading does not ask.
    pub bounds: Option<(Portion, Portion)>,
    /// For journeys, what the share would be if the parts failed independently.
    pub independent: Option<Portion>,
    /// What is spent of its budget; `None` without an objective, or where it is not known.
    pub spent: Option<Spent>,
    /// The journeys themselves, if it reads them.
    pub journeys: Option<Tally>,
    /// Its parts, in the order of the spec.
    pub parts: Vec<PartFigures>,
}

/// The figures of one part.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct PartFigures {
    /// What it is.
    pub of: Component,
    /// Its weight.
    pub weight: u32,
    /// Whether it decides.
    pub required: bool,
    /// Its events over the feature's window; `None` of a feature, and of what another process counts.
    pub counts: Option<Tally>,
    /// Its share of good.
    pub share: Option<Portion>,
    /// What it counts as for want of data, if it is missing.
    pub missing: Option<Missing>,
    /// Failed journeys in which it failed: `bad` where it alone did, `good` where others did too.
    pub blame: Option<Tally>,
    /// What it has spent of the feature's budget.
    pub spent: Option<Spent>,
    /// What of the feature's budget would be unspent if it had not failed.
    pub gives_back: Option<Spent>,
}

impl Composite {
    /// What is spent of its budget: the least that must be known for a decision.
    pub fn spent(&self, evidence: &(impl Evidence + ?Sized)) -> Option<Spent> {
        if let Some(journeys) = self.journeys {
            return self.spent_by(share_of(evidence.fact(journeys).counts)?.rest());
        }
        let whole = Look { of: self, evidence, fixed: Vec::new() }.whole();
        self.spent_of_whole(whole)
    }

    /// All figures.
    pub fn figures(&self, evidence: &(impl Evidence + ?Sized)) -> CompositeFigures {
        let mut look = Look { of: self, evidence, fixed: Vec::new() };
        let values = look.values();
        let whole = look.whole();
        let journeys = self.journeys.map(|leaf| evidence.fact(leaf).counts);
        let (share, spent) = match journeys {
            Some(counts) => {
                let share = share_of(counts);
                (share, share.and_then(|share| self.spent_by(share.rest())))
            }
            None => (whole.point, self.spent_of_whole(whole)),
        };
        let told = Told { look: &mut look, whole, values: &values };
        CompositeFigures {
            reading: self.spec.reading,
            share,
            bounds: is_by_shares(self).then_some((whole.low, whole.high)),
            independent: journeys.and(whole.point),
            spent,
            journeys,
            parts: told.parts(),
        }
    }

    fn spent_by(&self, bad: Portion) -> Option<Spent> {
        Some(Spent::of(bad, self.spec.objective?))
    }

    fn spent_of_whole(&self, whole: Value) -> Option<Spent> {
        match self.spec.reading {
            Reading::WeightedBurns | Reading::WorstOf => whole.spent,
            // what all lack together may be more than all there is
            Reading::RatioSlices => Some(whole.spent?.of_allowed(self.spec.objective?)),
            _ => self.spent_by(whole.point?.rest()),
        }
    }
}

fn share_of(counts: Tally) -> Option<Portion> {
    (counts.valid() > 0).then(|| Portion::of(counts.good, counts.valid()))
}

/// What is told of the parts.
struct Told<'a, 'b, E: Evidence + ?Sized> {
    look: &'a mut Look<'b, E>,
    whole: Value,
    values: &'a [Value],
}

impl<E: Evidence + ?Sized> Told<'_, '_, E> {
    fn parts(mut self) -> Vec<PartFigures> {
        let of = self.look.of;
        let losses = self.losses();
        let burns = matches!(of.spec.reading, Reading::WeightedBurns | Reading::WorstOf);
        let of_budget = |loss: Option<Spent>| match (burns, of.spec.objective) {
            (true, _) => loss,
            (false, Some(objective)) => loss.map(|loss| loss.of_allowed(objective)),
            (false, None) => None,
        };
        of.parts()
            .iter()
            .zip(losses)
            .map(|(part, (spent, gives_back))| {
                let standing = self.look.part(part, self.values);
                let counts = match part.at {
                    At::Leaf(leaf) => Some(self.look.evidence.fact(leaf).counts),
                    _ => None,
                };
                PartFigures {
                    of: part.of.clone(),
                    weight: part.weight,
                    required: part.required,
                    counts,
                    share: standing.value.and_then(|value| value.point),
                    missing: standing.missing,
                    blame: of.journeys.and_then(|leaf| self.look.evidence.blame(leaf, part)),
                    spent: of_budget(spent),
                    gives_back: of_budget(gives_back),
                }
            })
            .collect()
    }

    /// What each part costs and what it would give back: of budgets where those are read, else as a share of all.
    fn losses(&mut self) -> Vec<(Option<Spent>, Option<Spent>)> {
        let of = self.look.of;
        match of.spec.reading {
            Reading::Journey => self.by_blame(),
            Reading::Series | Reading::Parallel if of.shared.is_empty() => self.independent(),
            Reading::Series | Reading::Parallel => self.one_by_one(),
            Reading::Weighted => self.by_weight(),
            Reading::WeightedBurns | Reading::WorstOf => self.by_burns(),
            Reading::AnyBadSlice => self.by_slices(),
            Reading::RatioSlices => {
                let lack = |part: &Part| self.look.lack(part).ok().flatten().map(|lack| lack.times(part.weight));
                of.parts().iter().map(|part| (lack(part), lack(part))).map(|both| only(both, true)).collect()
            }
        }
    }

    fn points(&self) -> Vec<Option<Portion>> {
        let of = self.look.of;
        let parts = of.parts().iter();
        // what is left out, or does not decide, takes nothing away
        let point = |part: &Part| match self.look.part(part, self.values).value {
            Some(value) if part.required && part.at != At::Elsewhere => value.point,
            _ if of.spec.reading == Reading::Parallel => Some(Portion::ZERO),
            _ => Some(Portion::ONE),
        };
        parts.map(point).collect()
    }

    /// Parts that fail independently: what the others leave, times what it lacks.
    fn independent(&self) -> Vec<(Option<Spent>, Option<Spent>)> {
        let (points, of) = (self.points(), self.look.of);
        let Some(points) = points.into_iter().collect::<Option<Vec<_>>>() else {
            return vec![(None, None); of.parts().len()];
        };
        let parallel = of.spec.reading == Reading::Parallel;
        let mut after = vec![Portion::ONE; points.len() + 1];
        for (i, point) in points.iter().enumerate().rev() {
            after[i] = after[i + 1].times(*point);
        }
        let mut before = Portion::ONE;
        let mut losses = Vec::with_capacity(points.len());
        for (i, (point, part)) in points.iter().zip(of.parts()).enumerate() {
            let (lacks, others) = (point.rest(), before.times(after[i + 1]));
            let both = if parallel {
                let whole = self.whole.point.map(|point| point.rest().into());
                (None, whole.filter(|_| part.required))
            } else {
                (Some(lacks.into()), Some(others.times(lacks).into()))
            };
            losses.push(both);
            before = before.times(*point);
        }
        losses
    }

    /// Parts that are shared: once more for each part, as if it had not failed.
    fn one_by_one(&mut self) -> Vec<(Option<Spent>, Option<Spent>)> {
        let of = self.look.of;
        let steps = (of.parts().len() * of.nodes.len()) << of.shared.len().min(20);
        let now = self.whole.point;
        let points = self.points();
        let mut losses = Vec::with_capacity(points.len());
        for (part, point) in of.parts().iter().zip(points) {
            let back = match part.at {
                At::Leaf(leaf) if steps <= MOST_STEPS && part.required => {
                    self.look.fixed.push((leaf, true));
                    let then = self.look.whole().point;
                    self.look.fixed.clear();
                    then.zip(now).map(|(then, now)| then.less(now).into())
                }
                _ => None,
            };
            let spent = point.filter(|_| of.spec.reading == Reading::Series).map(|point| point.rest().into());
            losses.push((spent, back));
        }
        losses
    }

    fn by_weight(&self) -> Vec<(Option<Spent>, Option<Spent>)> {
        let of = self.look.of;
        let standing = |part: &Part| self.look.part(part, self.values).value.filter(|_| part.required);
        let weights: u128 =
            of.parts().iter().filter(|part| standing(part).is_some()).map(|part| u128::from(part.weight)).sum();
        let loss = |part: &Part| {
            let lacks = standing(part)?.point?.rest();
            Some(Spent::ratio(u128::from(lacks.parts()) * u128::from(part.weight), weights << 62))
        };
        of.parts().iter().map(|part| (loss(part), loss(part))).collect()
    }

    fn by_burns(&self) -> Vec<(Option<Spent>, Option<Spent>)> {
        let of = self.look.of;
        let spent = |part: &Part| {
            let value = self.look.part(part, self.values).value.filter(|_| part.required)?;
            Some(spent_of(part, value)?.times(part.weight))
        };
        let each: Vec<_> = of.parts().iter().map(spent).collect();
        if of.spec.reading == Reading::WeightedBurns {
            return each.into_iter().map(|spent| (spent, spent)).collect();
        }
        // the worst gives back what it is ahead of the next
        let mut order: Vec<Spent> = each.iter().flatten().copied().collect();
        order.sort_unstable();
        let (worst, next) = (order.pop().unwrap_or_default(), order.pop().unwrap_or_default());
        let back = |spent: Spent| if spent == worst { worst.less(next) } else { Spent::default() };
        each.into_iter().map(|spent| (spent, spent.map(back))).collect()
    }

    fn by_blame(&self) -> Vec<(Option<Spent>, Option<Spent>)> {
        let of = self.look.of;
        let valid = of.journeys.map_or(0, |leaf| self.look.evidence.fact(leaf).counts.valid());
        let share = |bad: u64| (valid > 0).then(|| Portion::of_up(bad, valid).into());
        let blame = |part: &Part| of.journeys.and_then(|leaf| self.look.evidence.blame(leaf, part));
        of.parts()
            .iter()
            .map(|part| match blame(part) {
                Some(blame) => only((share(blame.valid()), share(blame.bad)), part.required),
                None => (None, None),
            })
            .collect()
    }

    fn by_slices(&self) -> Vec<(Option<Spent>, Option<Spent>)> {
        let of = self.look.of;
        let slices = |part: &Part| match part.at {
            At::Leaf(leaf) if part.required && self.look.part(part, self.values).missing.is_none() => {
                self.look.evidence.slices(leaf)
            }
            _ => None,
        };
        let each: Vec<_> = of.parts().iter().map(slices).collect();
        let mut times = std::collections::BTreeMap::new();
        for begins in each.iter().flatten().flat_map(|slices| &slices.bad) {
            *times.entry(*begins).or_insert(0_u32) += 1;
        }
        each.iter()
            .map(|slices| match slices {
                Some(slices) => {
                    let share = |bad: u64| Some(Portion::of_up(bad, slices.all).into());
                    let alone = slices.bad.iter().filter(|begins| times.get(begins) == Some(&1)).count();
                    (share(slices.bad.len() as u64), share(alone as u64))
                }
                None => (None, None),
            })
            .collect()
    }
}

fn only(both: (Option<Spent>, Option<Spent>), required: bool) -> (Option<Spent>, Option<Spent>) {
    if required { both } else { (None, None) }
}

impl From<Portion> for Spent {
    /// As a share of all, not yet of what is allowed.
    fn from(portion: Portion) -> Self {
        Self::from_parts(portion.parts().into())
    }
}

impl Spent {
    /// Of a share of all, what it is of the share that an objective allows.
    fn of_allowed(self, objective: Objective) -> Self {
        Self::from_parts(self.parts().saturating_mul(1_000_000_000).div_ceil(objective.error_ppb().into()))
    }
}
