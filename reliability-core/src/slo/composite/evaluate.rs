//! From what was counted to the figure of each node, children before parents.

use std::collections::BTreeSet;
use std::time::Duration;

use super::plan::{At, Composite, Node, Part};
use super::portion::{ONE, Portion, Spent};
use crate::clock::Timestamp;
use crate::slo::{ErrorBudget, Tally};
use crate::spec::{Missing, Reading};

/// With more shared parts than this between series and parallel only bounds are told: each doubles the work.
const MOST_SHARED: usize = 10;

/// What was counted for a leaf over its window.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fact {
    /// Its events, as they flatter least.
    pub counts: Tally,
    /// Its own budget over that window, if it has an objective.
    pub own: Option<ErrorBudget>,
    /// How long ago its last event was; since the watching began if there was none.
    pub quiet: Duration,
}

/// The slices of a leaf by verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SliceFact {
    /// All slices of the period.
    pub all: u64,
    /// Bad ones that left by a jump of the line and still count.
    pub carried: u64,
    /// When each bad one began.
    pub bad: Vec<Timestamp>,
}

/// Where the counts of leaves are found.
pub trait Evidence {
    /// The events of a leaf, by its place among [`Composites::leaves`](super::Composites::leaves).
    fn fact(&self, leaf: usize) -> Fact;

    /// Its slices by verdict, if it counts those.
    fn slices(&self, leaf: usize) -> Option<SliceFact> {
        let _ = leaf;
        None
    }

    /// What its slices' ratios lack in sum, and the sum that they could have, if it counts those.
    fn ratios(&self, leaf: usize) -> Option<(u128, u128)> {
        let _ = leaf;
        None
    }

    /// Of the failed journeys of a leaf those in which a part failed: `bad` where it alone did, `good` where others did too.
    fn blame(&self, leaf: usize, part: &Part) -> Option<Tally> {
        let _ = (leaf, part);
        None
    }
}

/// The figure of a part or a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Value {
    /// The share that is good by its reading; `None`: not known.
    pub(super) point: Option<Portion>,
    /// Bounds under any dependence.
    pub(super) low: Portion,
    pub(super) high: Portion,
    /// What is spent of its budget, where that is what is read.
    pub(super) spent: Option<Spent>,
}

impl Value {
    pub(super) const UNKNOWN: Self = Self { point: None, low: Portion::ZERO, high: Portion::ONE, spent: None };

    const fn certain(point: Portion, spent: Option<Spent>) -> Self {
        Self { point: Some(point), low: point, high: point, spent }
    }

    const fn is_unknown(&self) -> bool {
        self.point.is_none() && self.spent.is_none()
    }
}

/// A part's figure, and what it counts as if it is missing. `None`: it is left out.
pub(super) struct Standing {
    pub(super) value: Option<Value>,
    pub(super) missing: Option<Missing>,
}

/// A look at one composite.
pub(super) struct Look<'a, E: Evidence + ?Sized> {
    pub(super) of: &'a Composite,
    pub(super) evidence: &'a E,
    /// Leaves that are taken to be wholly good or wholly bad.
    pub(super) fixed: Vec<(usize, bool)>,
}

impl<E: Evidence + ?Sized> Look<'_, E> {
    /// The figures of all nodes, each taken for itself.
    pub(super) fn values(&self) -> Vec<Value> {
        let mut values = Vec::with_capacity(self.of.nodes.len());
        for node in &self.of.nodes {
            values.push(self.node(node, &values));
        }
        values
    }

    /// The figure of the whole, with what is shared counted once.
    pub(super) fn whole(&mut self) -> Value {
        let mut whole = self.values().last().copied().unwrap_or(Value::UNKNOWN);
        let shared = &self.of.shared;
        if shared.is_empty() || whole.point.is_none() || !is_by_shares(self.of) {
            return whole;
        }
        let chances: Vec<_> = shared.iter().map(|leaf| (*leaf, self.evidence.fact(*leaf).counts)).collect();
        let chances: Vec<_> = chances.into_iter().filter(|(_, counts)| counts.valid() > 0).collect();
        if chances.len() > MOST_SHARED {
            return Value { point: None, ..whole };
        }
        // by the law of total probability: once for each way in which the shared parts may stand
        let kept = self.fixed.len();
        let mut sum = Portion::ZERO;
        for way in 0_u32..1 << chances.len() {
            let mut chance = Portion::ONE;
            for (i, (leaf, counts)) in chances.iter().enumerate() {
                let good = way >> i & 1 == 1;
                let given = self.fixed[..kept].iter().find(|(fixed, _)| fixed == leaf);
                let part = match given {
                    Some((_, given)) => {
                        if *given == good {
                            Portion::ONE
                        } else {
                            Portion::ZERO
                        }
                    }
                    None => Portion::of(if good { counts.good } else { counts.bad }, counts.valid()),
                };
                chance = chance.times(part);
                self.fixed.push((*leaf, good));
            }
            let point = self.values().last().and_then(|value| value.point).unwrap_or(Portion::ZERO);
            sum = sum.plus(chance.times(point));
            self.fixed.truncate(kept);
        }
        whole.point = Some(sum);
        whole
    }

    /// How a part of a node stands.
    pub(super) fn part(&self, part: &Part, values: &[Value]) -> Standing {
        let value = match part.at {
            At::Node(node) => Some(values[node]).filter(|value| !value.is_unknown()),
            At::Leaf(leaf) => {
                if let Some((_, good)) = self.fixed.iter().rev().find(|(fixed, _)| *fixed == leaf) {
                    let point = if *good { Portion::ONE } else { Portion::ZERO };
                    return Standing { value: Some(Value::certain(point, None)), missing: None };
                }
                match self.leaf(part, leaf) {
                    Ok(value) => Some(value),
                    Err(true) => return Standing { value: Some(Value::UNKNOWN), missing: Some(Missing::Unknown) },
                    Err(false) => None,
                }
            }
            At::Elsewhere => return Standing { value: Some(Value::UNKNOWN), missing: Some(Missing::Unknown) },
        };
        if value.is_some() {
            return Standing { value, missing: None };
        }
        let whole = |objective| Spent::of(Portion::ONE, objective);
        let value = match part.missing {
            Missing::Ignored => None,
            Missing::Good => Some(Value::certain(Portion::ONE, Some(Spent::default()))),
            Missing::Bad => Some(Value::certain(Portion::ZERO, part.objective.map(whole))),
            Missing::Unknown => Some(match part.at {
                At::Node(node) => values[node],
                _ => Value::UNKNOWN,
            }),
        };
        Standing { value, missing: Some(part.missing) }
    }

    /// A leaf's figure; without data whether that is still waited for.
    fn leaf(&self, part: &Part, leaf: usize) -> Result<Value, bool> {
        let Fact { counts, own, quiet } = self.evidence.fact(leaf);
        let delayed = !part.missing_after.is_zero();
        if counts.valid() == 0 {
            return Err(delayed && quiet <= part.missing_after);
        }
        if delayed && quiet > part.missing_after {
            return Err(false);
        }
        let spent = own.map(|own| {
            let (left, allowed) = own.fraction();
            Spent::ratio((allowed - left).unsigned_abs(), allowed.unsigned_abs())
        });
        let point = Portion::of(counts.good, counts.valid());
        Ok(Value { point: Some(point), low: point, high: Portion::of_up(counts.good, counts.valid()), spent })
    }

    fn node(&self, node: &Node, values: &[Value]) -> Value {
        let parts = || {
            let decides = node.parts.iter().filter(|part| part.required && part.at != At::Elsewhere);
            decides.filter_map(|part| Some((part, self.part(part, values).value?)))
        };
        match node.reading {
            Reading::Journey | Reading::Series => series(parts().map(|(_, value)| value)),
            Reading::Parallel => parallel(parts().map(|(_, value)| value)),
            Reading::Weighted => weighted(parts().map(|(part, value)| (part.weight, value))),
            Reading::WeightedBurns => burns(parts(), Spent::plus),
            Reading::WorstOf => burns(parts(), Spent::max),
            Reading::AnyBadSlice => self.any_bad_slice(node),
            Reading::RatioSlices => self.ratio_slices(node),
        }
    }

    fn any_bad_slice(&self, node: &Node) -> Value {
        let Some(slices) = self.bad_slices(node) else { return Value::UNKNOWN };
        Value::certain(Portion::of_up(slices.bad.len() as u64 + slices.carried, slices.all).rest(), None)
    }

    /// The slices that are bad for any part; `None` without a part that is known.
    pub(super) fn bad_slices(&self, node: &Node) -> Option<SliceFact> {
        let (mut bad, mut all, mut carried, mut whole) = (BTreeSet::new(), u64::MAX, 0_u64, false);
        for part in node.parts.iter().filter(|part| part.required) {
            let standing = self.part(part, &[]);
            match (standing.missing, part.at) {
                (None, At::Leaf(leaf)) => {
                    let slices = self.evidence.slices(leaf)?;
                    all = all.min(slices.all);
                    carried = carried.saturating_add(slices.carried);
                    bad.extend(slices.bad);
                }
                (Some(Missing::Bad), _) => whole = true,
                (Some(Missing::Ignored | Missing::Good), _) => {}
                _ => return None,
            }
        }
        match (all, whole) {
            (_, true) => Some(SliceFact { all: 1, carried: 1, bad: Vec::new() }),
            (u64::MAX, false) => None,
            _ => Some(SliceFact { all, carried, bad: bad.into_iter().collect() }),
        }
    }

    fn ratio_slices(&self, node: &Node) -> Value {
        let (mut lack, mut spent, mut any) = (Portion::ZERO, Spent::default(), false);
        for part in node.parts.iter().filter(|part| part.required) {
            match self.lack(part) {
                Ok(Some(of_part)) => {
                    any = true;
                    spent = spent.plus(of_part.times(part.weight));
                    lack = lack.plus(Portion::from_parts(of_part.times(part.weight).clipped()));
                }
                Ok(None) => {}
                Err(Unknown) => return Value::UNKNOWN,
            }
        }
        if any { Value::certain(lack.rest(), Some(spent)) } else { Value::UNKNOWN }
    }

    /// What a part's slices lack, as a share of one; `None` if it is left out.
    pub(super) fn lack(&self, part: &Part) -> Result<Option<Spent>, Unknown> {
        let standing = self.part(part, &[]);
        match (standing.missing, part.at) {
            (None, At::Leaf(leaf)) => {
                let (bad, of) = self.evidence.ratios(leaf).ok_or(Unknown)?;
                Ok((of > 0).then(|| Spent::ratio(bad, of)))
            }
            (Some(Missing::Bad), _) => Ok(Some(Spent::ratio(1, 1))),
            (Some(Missing::Good), _) => Ok(Some(Spent::default())),
            (Some(Missing::Ignored), _) => Ok(None),
            _ => Err(Unknown),
        }
    }
}

/// Nobody knows.
pub(super) struct Unknown;

/// Whether its figure is a share that depends on how parts fail together.
pub(super) fn is_by_shares(of: &Composite) -> bool {
    matches!(of.spec.reading, Reading::Journey | Reading::Series | Reading::Parallel | Reading::Weighted)
}

/// All are needed.
fn series(parts: impl Iterator<Item = Value>) -> Value {
    let (mut point, mut low, mut high, mut any) = (Some(Portion::ONE), Portion::ONE, Portion::ONE, false);
    for value in parts {
        any = true;
        point = point.zip(value.point).map(|(all, one)| all.times(one));
        low = low.less(value.low.rest());
        high = high.min(value.high);
    }
    if any { Value { point, low, high, spent: None } } else { Value::UNKNOWN }
}

/// Any one is enough.
fn parallel(parts: impl Iterator<Item = Value>) -> Value {
    let (mut rest, mut low, mut high, mut any) = (Some(Portion::ONE), Portion::ZERO, Portion::ZERO, false);
    for value in parts {
        any = true;
        rest = rest.zip(value.point).map(|(all, one)| all.times_up(one.rest()));
        low = low.max(value.low);
        high = high.plus(value.high);
    }
    if any { Value { point: rest.map(Portion::rest), low, high, spent: None } } else { Value::UNKNOWN }
}

fn weighted(parts: impl Iterator<Item = (u32, Value)>) -> Value {
    let (mut point, mut low, mut high, mut weights) = (Some(0_u128), 0_u128, 0_u128, 0_u128);
    for (weight, value) in parts {
        let weight = u128::from(weight);
        let by = |portion: Portion| u128::from(portion.parts()) * weight;
        point = point.zip(value.point).map(|(sum, one)| sum + by(one));
        low += by(value.low);
        high += by(value.high);
        weights += weight;
    }
    if weights == 0 {
        return Value::UNKNOWN;
    }
    let down = |sum: u128| Portion::from_parts((sum / weights) as u64);
    let high = Portion::from_parts(high.div_ceil(weights) as u64);
    Value { point: point.map(down), low: down(low), high, spent: None }
}

fn burns<'a>(parts: impl Iterator<Item = (&'a Part, Value)>, with: impl Fn(Spent, Spent) -> Spent) -> Value {
    let mut sum = None;
    for (part, value) in parts {
        let Some(spent) = spent_of(part, value) else { return Value::UNKNOWN };
        let spent = spent.times(part.weight);
        sum = Some(sum.map_or(spent, |sum| with(sum, spent)));
    }
    Value { spent: sum, ..Value::UNKNOWN }
}

/// What a part has spent of its own budget.
pub(super) fn spent_of(part: &Part, value: Value) -> Option<Spent> {
    value.spent.or_else(|| Some(Spent::of(value.point?.rest(), part.objective?)))
}

impl Spent {
    /// At most one whole, in the parts of a portion.
    fn clipped(self) -> u64 {
        if self.is_all() { ONE } else { self.parts() as u64 }
    }
}
