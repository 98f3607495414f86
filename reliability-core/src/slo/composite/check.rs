//! What can be wrong with a set of features before anything is made of it: names, parts, circles, sizes.
//!
//! Circles are looked for first and without recursion (Kahn's order), so nothing written can exhaust the stack.

use std::collections::{BTreeMap, BTreeSet};

use super::error::FeatureFault;
use super::{MAX_COMPONENTS, MAX_DEPTH};
use crate::name::{self, NameError};
use crate::spec::{Component, FeatureSpec, PartSpec};

pub(super) fn names<'a>(specs: &'a [FeatureSpec], faults: &mut Vec<FeatureFault>) -> BTreeMap<&'a str, usize> {
    let mut names = BTreeMap::new();
    for (i, spec) in specs.iter().enumerate() {
        if let Err(fault) = name::check(&spec.name) {
            faults.push(FeatureFault::Name(NameError { found: spec.name.clone(), fault }));
        }
        if names.insert(spec.name.as_str(), i).is_some() {
            faults.push(FeatureFault::Twice { feature: spec.name.clone() });
        }
    }
    names
}

/// What can be seen of a feature without its parts' parts.
pub(super) fn each_alone(specs: &[FeatureSpec], names: &BTreeMap<&str, usize>, faults: &mut Vec<FeatureFault>) {
    for FeatureSpec { name: feature, parts, .. } in specs {
        let feature = feature.clone();
        if parts.is_empty() {
            faults.push(FeatureFault::NoParts { feature: feature.clone() });
        }
        let mut seen = BTreeSet::new();
        for PartSpec { of, weight, .. } in parts {
            let (feature, part) = (feature.clone(), of.to_string());
            if let Component::Feature(name) = of
                && !names.contains_key(name.as_str())
            {
                let known = names.keys().map(|name| (*name).to_owned()).filter(|name| *name != feature).collect();
                faults.push(FeatureFault::Unknown { feature: feature.clone(), part: part.clone(), known });
            }
            if !seen.insert(of) {
                faults.push(FeatureFault::PartTwice { feature: feature.clone(), part: part.clone() });
            }
            if *weight == 0 {
                faults.push(FeatureFault::Weight { feature, part });
            }
        }
    }
}

fn children<'a>(spec: &'a FeatureSpec, names: &'a BTreeMap<&str, usize>) -> impl Iterator<Item = usize> + 'a {
    spec.parts.iter().filter_map(|part| match &part.of {
        Component::Feature(name) => names.get(name.as_str()).copied(),
        Component::Slo(_) => None,
    })
}

/// Children before parents, or the names of those that go round in circles or stand on such.
pub(super) fn order(specs: &[FeatureSpec], names: &BTreeMap<&str, usize>) -> Result<Vec<usize>, Vec<String>> {
    let mut parents = vec![Vec::new(); specs.len()];
    let mut waits: Vec<usize> = vec![0; specs.len()];
    for (i, spec) in specs.iter().enumerate() {
        for child in children(spec, names) {
            parents[child].push(i);
            waits[i] += 1;
        }
    }
    let mut order: Vec<usize> = (0..specs.len()).filter(|i| waits[*i] == 0).collect();
    let mut next = 0;
    while let Some(done) = order.get(next).copied() {
        next += 1;
        for parent in &parents[done] {
            waits[*parent] -= 1;
            if waits[*parent] == 0 {
                order.push(*parent);
            }
        }
    }
    if order.len() == specs.len() {
        return Ok(order);
    }
    // of those that wait, the ones that nobody in a circle waits for only lead to it
    let mut left: BTreeSet<usize> = (0..specs.len()).filter(|i| waits[*i] > 0).collect();
    loop {
        let needed: BTreeSet<usize> = left.iter().flat_map(|i| children(&specs[*i], names)).collect();
        let before = left.len();
        left.retain(|i| needed.contains(i));
        if left.len() == before {
            return Err(left.into_iter().map(|i| specs[i].name.clone()).collect());
        }
    }
}

/// Of each feature its depth, and all that it stands on.
pub(super) fn sizes<'a>(
    specs: &'a [FeatureSpec],
    names: &BTreeMap<&str, usize>,
    order: &[usize],
    faults: &mut Vec<FeatureFault>,
) -> Vec<(usize, BTreeSet<&'a Component>)> {
    let mut sizes = vec![(1, BTreeSet::new()); specs.len()];
    for i in order {
        let spec = &specs[*i];
        let mut all: BTreeSet<&Component> = spec.parts.iter().map(|part| &part.of).collect();
        let mut depth = 1;
        for child in children(spec, names) {
            let (below, parts) = &sizes[child];
            depth = depth.max(below + 1);
            all.extend(parts);
            if all.len() > MAX_COMPONENTS {
                break;
            }
        }
        if all.len() > MAX_COMPONENTS {
            faults.push(FeatureFault::TooMany { feature: spec.name.clone() });
            all.clear();
        }
        if depth > MAX_DEPTH {
            faults.push(FeatureFault::TooDeep { feature: spec.name.clone(), depth });
        }
        sizes[*i] = (depth, all);
    }
    sizes
}
