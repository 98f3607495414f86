//! From specs to what can be evaluated: checked, taken apart where readings agree, and merged where parts are shared.
//!
//! The recursion here goes at most [`MAX_DEPTH`](super::MAX_DEPTH) deep: `check` has seen to that.

use std::collections::BTreeMap;
use std::time::Duration;

use super::MAX_JOURNEY_PARTS;
use super::check::{each_alone, names, order, sizes};
use super::error::{FeatureError, FeatureFault};
use super::fits::{joins, unfit_feature, unfit_slo};
use crate::spec::{Component, FeatureSpec, Method, Missing, Objective, PartSpec, Reading, Window};

/// What must be known of an objective before it can be a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its objective.
    pub objective: Objective,
    /// Its period.
    pub window: Window,
    /// How its budget is counted.
    pub method: Method,
}

/// Counts over one period, needed by one feature or by many.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Leaf {
    /// Whose.
    pub of: LeafOf,
    /// Over which period.
    pub window: Window,
}

/// Whose counts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LeafOf {
    /// Those of an objective, by its SLO's name.
    Slo(String),
    /// The journeys of a feature, by its name.
    Journey(String),
}

impl LeafOf {
    /// The name of whichever it is.
    pub fn name(&self) -> &str {
        match self {
            Self::Slo(name) | Self::Journey(name) => name,
        }
    }
}

/// A set of features that was found to be sound.
#[derive(Clone, Debug, Default)]
pub struct Composites {
    /// The features, in the order of their specs.
    pub features: Vec<Composite>,
    /// All counts that they need, each once.
    pub leaves: Vec<Leaf>,
}

/// One feature, ready to be evaluated.
#[derive(Clone, Debug)]
pub struct Composite {
    pub(super) spec: FeatureSpec,
    /// Children before parents; the last is the feature itself.
    pub(super) nodes: Vec<Node>,
    /// The counts of its own journeys, if it reads them.
    pub(super) journeys: Option<usize>,
    /// Leaves that more than one node needs.
    pub(super) shared: Vec<usize>,
    components: usize,
    depth: usize,
}

#[derive(Clone, Debug)]
pub(super) struct Node {
    pub(super) reading: Reading,
    pub(super) parts: Vec<Part>,
}

/// A part as it is evaluated.
#[derive(Clone, Debug)]
pub struct Part {
    pub(super) of: Component,
    pub(super) at: At,
    pub(super) objective: Option<Objective>,
    pub(super) weight: u32,
    pub(super) required: bool,
    pub(super) missing: Missing,
    pub(super) missing_after: Duration,
}

/// Where a part's figure comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum At {
    Leaf(usize),
    Node(usize),
    /// From another process: only journeys tell of it.
    Elsewhere,
}

impl Part {
    /// What it is.
    pub const fn component(&self) -> &Component {
        &self.of
    }

    /// Whether it decides.
    pub const fn is_required(&self) -> bool {
        self.required
    }

    /// What it counts as while nothing is known about it.
    pub const fn missing(&self) -> Missing {
        self.missing
    }
}

impl Composite {
    /// What was declared.
    pub const fn spec(&self) -> &FeatureSpec {
        &self.spec
    }

    /// The place of the counts of its journeys, if it reads them.
    pub const fn journeys_leaf(&self) -> Option<usize> {
        self.journeys
    }

    /// Its parts after those of equal readings were taken apart and merged.
    pub fn parts(&self) -> &[Part] {
        self.nodes.last().map_or(&[], |node| &node.parts)
    }

    /// How many parts it has, those of its parts included, each once.
    pub const fn components(&self) -> usize {
        self.components
    }

    /// In how many ways parts that are shared may stand: so often is it gone through.
    pub fn ways(&self) -> usize {
        1 << self.shared.len().min(10)
    }

    /// How many levels of features: 1 for one that has no feature for a part.
    pub const fn depth(&self) -> usize {
        self.depth
    }
}

impl Composites {
    /// Checks a set of features and makes it ready. `known` are the objectives that there are, by their SLOs' names.
    ///
    /// # Errors
    /// With all that is wrong, not only the first.
    pub fn new(specs: Vec<FeatureSpec>, known: &BTreeMap<String, Known>) -> Result<Self, FeatureError> {
        let mut faults = Vec::new();
        let names = names(&specs, &mut faults);
        each_alone(&specs, &names, &mut faults);
        if !faults.is_empty() {
            return Err(FeatureError { faults });
        }
        let order = match order(&specs, &names) {
            Ok(order) => order,
            Err(features) => return Err(FeatureError { faults: vec![FeatureFault::Circle { features }] }),
        };
        let sizes = sizes(&specs, &names, &order, &mut faults);
        if !faults.is_empty() {
            return Err(FeatureError { faults });
        }
        let mut leaves = BTreeMap::new();
        let mut made = Vec::with_capacity(specs.len());
        for (i, spec) in specs.iter().enumerate() {
            let mut build = Build {
                specs: &specs,
                names: &names,
                known,
                root: spec,
                leaves: &mut leaves,
                nodes: Vec::new(),
                made: BTreeMap::new(),
                faults: &mut faults,
            };
            build.node(i);
            let nodes = build.nodes;
            let journeys = (spec.reading == Reading::Journey)
                .then(|| leaf(&mut leaves, LeafOf::Journey(spec.name.clone()), spec.window));
            made.push((nodes, journeys, sizes[i].0, sizes[i].1.len()));
        }
        if !faults.is_empty() {
            faults.dedup();
            return Err(FeatureError { faults });
        }
        let feature = |(spec, (nodes, journeys, depth, components)): (FeatureSpec, (Vec<Node>, _, _, _))| {
            let shared = shared(&nodes);
            Composite { spec, nodes, journeys, shared, components, depth }
        };
        let features = specs.into_iter().zip(made).map(feature).collect();
        let mut numbered: Vec<_> = leaves.into_iter().collect();
        numbered.sort_by_key(|(_, number)| *number);
        Ok(Self { features, leaves: numbered.into_iter().map(|(leaf, _)| leaf).collect() })
    }
}

fn leaf(leaves: &mut BTreeMap<Leaf, usize>, of: LeafOf, window: Window) -> usize {
    let next = leaves.len();
    *leaves.entry(Leaf { of, window }).or_insert(next)
}

/// Leaves that stand in more than one node, so that their nodes do not fail independently.
fn shared(nodes: &[Node]) -> Vec<usize> {
    let mut seen = BTreeMap::new();
    for node in nodes {
        for part in node.parts.iter().filter(|part| part.required) {
            if let At::Leaf(leaf) = part.at {
                *seen.entry(leaf).or_insert(0) += 1;
            }
        }
    }
    // a node that two nodes need is shared with all that it stands on
    let mut needed = vec![0; nodes.len()];
    for part in nodes.iter().flat_map(|node| &node.parts).filter(|part| part.required) {
        if let At::Node(node) = part.at {
            needed[node] += 1;
        }
    }
    let mut doubled: Vec<bool> = needed.iter().map(|times| *times > 1).collect();
    for i in (0..nodes.len()).rev() {
        if !doubled[i] {
            continue;
        }
        for part in nodes[i].parts.iter().filter(|part| part.required) {
            match part.at {
                At::Leaf(leaf) => *seen.entry(leaf).or_insert(0) += 1,
                At::Node(node) => doubled[node] = true,
                At::Elsewhere => {}
            }
        }
    }
    seen.into_iter().filter(|(_, times)| *times > 1).map(|(leaf, _)| leaf).collect()
}

/// Makes the nodes of one feature, over its window.
struct Build<'a> {
    specs: &'a [FeatureSpec],
    names: &'a BTreeMap<&'a str, usize>,
    known: &'a BTreeMap<String, Known>,
    root: &'a FeatureSpec,
    leaves: &'a mut BTreeMap<Leaf, usize>,
    nodes: Vec<Node>,
    made: BTreeMap<usize, usize>,
    faults: &'a mut Vec<FeatureFault>,
}

impl<'a> Build<'a> {
    fn node(&mut self, feature: usize) -> usize {
        if let Some(made) = self.made.get(&feature) {
            return *made;
        }
        let spec = &self.specs[feature];
        let mut parts = Parts::default();
        self.take(spec.reading, spec, 1, true, &mut parts);
        if spec.reading == Reading::Journey && parts.list.len() > MAX_JOURNEY_PARTS {
            self.faults.push(FeatureFault::TooManyOfJourney { feature: spec.name.clone() });
        }
        self.nodes.push(Node { reading: spec.reading, parts: parts.list });
        let made = self.nodes.len() - 1;
        self.made.insert(feature, made);
        made
    }

    /// The parts of a spec, read by `reading`, into a node's.
    fn take(&mut self, reading: Reading, spec: &'a FeatureSpec, weight: u32, required: bool, into: &mut Parts<'a>) {
        for part in &spec.parts {
            let made = |at, objective| Part {
                of: part.of.clone(),
                at,
                objective,
                weight: part.weight.saturating_mul(weight),
                required: part.required && required,
                missing: part.missing,
                missing_after: part.missing_after,
            };
            match &part.of {
                Component::Slo(name) => match self.known.get(name) {
                    Some(known) => {
                        if let Some(reason) = unfit_slo(reading, known, self.root.window) {
                            self.unfit(spec, part, reason);
                        }
                        let at = leaf(self.leaves, LeafOf::Slo(name.clone()), self.root.window);
                        into.merge(&part.of, made(At::Leaf(at), Some(known.objective)));
                    }
                    None if reading == Reading::Journey => into.merge(&part.of, made(At::Elsewhere, None)),
                    None => self.faults.push(FeatureFault::Unknown {
                        feature: spec.name.clone(),
                        part: part.of.to_string(),
                        known: alike(name, self.known),
                    }),
                },
                Component::Feature(name) => {
                    let Some(child) = self.names.get(name.as_str()).copied() else { continue };
                    let below = &self.specs[child];
                    if let Some(reason) = unfit_feature(reading, below) {
                        self.unfit(spec, part, reason);
                    } else if joins(reading, below.reading)
                        && (part.missing == Missing::Unknown || reading == Reading::Journey)
                    {
                        let required = required && part.required;
                        self.take(reading, below, weight.saturating_mul(part.weight), required, into);
                    } else if below.reading == Reading::Journey {
                        let at = leaf(self.leaves, LeafOf::Journey(name.clone()), self.root.window);
                        into.merge(&part.of, made(At::Leaf(at), below.objective));
                    } else {
                        let node = self.node(child);
                        into.merge(&part.of, made(At::Node(node), below.objective));
                    }
                }
            }
        }
    }

    fn unfit(&mut self, spec: &FeatureSpec, part: &PartSpec, reason: &'static str) {
        self.faults.push(FeatureFault::Unfit { feature: spec.name.clone(), part: part.of.to_string(), reason });
    }
}

/// The parts of a node, each once.
#[derive(Default)]
struct Parts<'a> {
    list: Vec<Part>,
    places: BTreeMap<&'a Component, usize>,
}

impl<'a> Parts<'a> {
    /// Takes a part in, or merges it with the same one: decided by whoever needs it, the stricter on missing data, by the larger
    /// weight.
    fn merge(&mut self, of: &'a Component, part: Part) {
        let strictness = |missing| match missing {
            Missing::Good => 0,
            Missing::Ignored => 1,
            Missing::Unknown => 2,
            Missing::Bad => 3,
        };
        let Some(place) = self.places.get(of) else {
            self.places.insert(of, self.list.len());
            self.list.push(part);
            return;
        };
        let same = &mut self.list[*place];
        same.weight = same.weight.max(part.weight);
        same.required |= part.required;
        same.missing_after = same.missing_after.min(part.missing_after);
        if strictness(part.missing) > strictness(same.missing) {
            same.missing = part.missing;
        }
    }
}

/// Up to ten names that begin most alike.
fn alike(name: &str, known: &BTreeMap<String, Known>) -> Vec<String> {
    let common = |other: &str| name.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
    let mut names: Vec<&String> = known.keys().collect();
    names.sort_by_key(|other| std::cmp::Reverse(common(other)));
    names.into_iter().take(10).cloned().collect()
}
