//! What was compared, and what happened in it.

use std::collections::BTreeMap;
use std::fmt;

use crate::story::Story;

#[derive(Default)]
pub(crate) struct Census {
    pub(crate) histories: usize,
    decisions: usize,
    /// Decisions that differ, none of them for longer than one evaluation.
    a_step_apart: usize,
    gaps: usize,
    resets: usize,
    on_a_factor: usize,
    low_traffic: usize,
    /// By pair: histories that judge it, in which it fires, in which it resolves.
    pairs: BTreeMap<String, [usize; 3]>,
    wrong: Vec<String>,
}

impl Census {
    pub(crate) fn and(mut self, other: Self) -> Self {
        self.histories += other.histories;
        self.decisions += other.decisions;
        self.a_step_apart += other.a_step_apart;
        self.gaps += other.gaps;
        self.resets += other.resets;
        self.on_a_factor += other.on_a_factor;
        self.low_traffic += other.low_traffic;
        for (rule, counts) in other.pairs {
            let known = self.pairs.entry(rule).or_default();
            known.iter_mut().zip(counts).for_each(|(known, more)| *known += more);
        }
        self.wrong.extend(other.wrong);
        self
    }

    /// What became of a history.
    pub(crate) fn history(&mut self, story: &Story) {
        self.histories += 1;
        self.gaps += usize::from(story.wounds.gap);
        self.resets += usize::from(story.wounds.reset);
        self.on_a_factor += usize::from(story.wounds.on_a_factor);
        self.low_traffic += usize::from(story.wounds.low_traffic);
    }

    /// One pair of a history, minute by minute.
    pub(crate) fn compare(&mut self, story: &Story, rule: &str, engine: &[bool], rules: &[bool]) {
        let counts = self.pairs.entry(rule.to_owned()).or_default();
        counts[0] += 1;
        counts[1] += usize::from(engine.windows(2).any(|two| !two[0] && two[1]));
        counts[2] += usize::from(engine.windows(2).any(|two| two[0] && !two[1]));
        self.decisions += engine.len();
        for (minute, (by_engine, by_rules)) in engine.iter().zip(rules).enumerate() {
            if by_engine == by_rules {
                continue;
            }
            // one evaluation earlier or later the process decided so too
            let near = minute.saturating_sub(1)..=(minute + 1).min(engine.len() - 1);
            if engine[near].contains(by_rules) {
                self.a_step_apart += 1;
            } else {
                let Story { seed, name, terms, .. } = story;
                self.wrong.push(format!(
                    "{name} (IDENTITY_SEED={seed}) {rule} at minute {minute}: {by_engine} in the process, {by_rules} by the rules; {terms:?}"
                ));
                break;
            }
        }
    }

    pub(crate) fn assert_worth_it(&self) {
        assert!(self.wrong.is_empty(), "{} pairs differ:\n{}", self.wrong.len(), self.wrong.iter().take(20).cloned().collect::<Vec<_>>().join("\n"));
        assert!(self.histories > 0);
        for (rule, [_, fired, resolved]) in &self.pairs {
            let enough = self.histories.div_ceil(5);
            assert!(*fired >= enough && *resolved >= enough, "{rule} fires in {fired} and resolves in {resolved} of {}", self.histories);
        }
    }
}

impl fmt::Display for Census {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} histories, {} decisions compared, {} of them one evaluation apart, {} pairs that differ for longer",
            self.histories,
            self.decisions,
            self.a_step_apart,
            self.wrong.len()
        )?;
        writeln!(
            f,
            "with gaps {}, resets {}, traffic on a factor {}, hardly any traffic {}",
            self.gaps, self.resets, self.on_a_factor, self.low_traffic
        )?;
        for (rule, [judged, fired, resolved]) in &self.pairs {
            writeln!(f, "{rule}: judged in {judged}, fires in {fired}, resolves in {resolved}")?;
        }
        Ok(())
    }
}
