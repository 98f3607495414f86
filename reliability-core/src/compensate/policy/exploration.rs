//! All courses of a policy: every state that can be reached, with every input in it.
//!
//! Time moves in steps of a second, the settings are small, and times are compared relative to now, so that the states are finitely
//! many. The harness keeps its own books of what is engaged, from the actions alone, and holds the machine to them.

use std::collections::{HashSet, VecDeque};
use std::time::Duration;

use super::machine::Machine;
use super::words::{Action, Inputs, Settings, State, Word};
use crate::engine::response::CompensationAction as Told;

fn settings() -> Settings {
    let seconds = Duration::from_secs;
    Settings {
        steps: 3,
        acts: true,
        verify_within: seconds(1),
        hold: seconds(1),
        calm: seconds(1),
        cool_down: seconds(1),
        limit: 2,
        window: seconds(5),
        probe_for: seconds(1),
        most_hold: seconds(2),
        longest: seconds(5),
    }
}

/// All inputs that differ in what they may lead to.
fn inputs() -> Vec<Inputs> {
    let three = [None, Some(false), Some(true)];
    let mut all = Vec::new();
    for triggered in three {
        for improved in three {
            for harmed in three {
                for innocent in [0, 1, 7] {
                    for failed in [0, 1, 2] {
                        let calm = Inputs { enough: true, permitted: true, divisible: 1, ..Inputs::default() };
                        let plain = Inputs { triggered, improved, harmed, innocent, failed, ..calm };
                        all.push(plain);
                        if innocent == 0 && failed == 0 {
                            all.push(Inputs { killed: true, ..plain });
                            all.push(Inputs { lapsed: true, ..plain });
                            all.push(Inputs { enough: false, ..plain });
                            all.push(Inputs { permitted: false, ..plain });
                            all.push(Inputs { crowded: true, ..plain });
                            all.push(Inputs { unseen: true, ..plain });
                            all.push(Inputs { busy: 1, ..plain });
                            for word in [Word::Engage, Word::Release, Word::Automatic] {
                                all.push(Inputs { word: Some(word), ..plain });
                            }
                        }
                    }
                }
            }
        }
    }
    all
}

/// What is engaged by the actions, and how the harness judges them.
fn apply(before: Option<usize>, actions: &[Action]) -> Option<usize> {
    let mut engaged = before;
    for action in actions {
        match *action {
            Action::Engage { step } => {
                assert!(engaged.is_none_or(|other| other == step), "two steps at once: {actions:?}");
                engaged = Some(step);
            }
            Action::Replace { from, to } => {
                assert_eq!(engaged, Some(from), "{actions:?}");
                engaged = Some(to);
            }
            Action::Probe { step, .. } => assert_eq!(engaged, Some(step), "only what is engaged is given back"),
            Action::Release { step } => {
                assert_eq!(engaged, Some(step), "only what is engaged is released: {actions:?}");
                engaged = None;
            }
            Action::Tell { .. } => {}
        }
    }
    engaged
}

/// One transition held against what may never be.
fn check(before: &Machine, after: &Machine, now: Duration, inputs: &Inputs, actions: &[Action]) {
    let settings = before.settings();
    let engaged = apply(before.engaged(), actions);
    // what is engaged is known to be, so the lease is held for it, and nothing is engaged that is not
    assert_eq!(engaged, after.engaged(), "{before:?} {inputs:?} {actions:?}");
    let by_hand = inputs.word == Some(Word::Engage);
    let anew = actions.iter().any(|action| match action {
        Action::Engage { .. } => before.engaged().is_none(),
        Action::Replace { .. } => true,
        _ => false,
    });
    if anew && !by_hand {
        assert_eq!(inputs.triggered, Some(true), "engaged on a trigger that is not known to hold");
        assert!(inputs.permitted, "engaged against its condition");
        assert!(!inputs.killed);
        let step = after.engaged().unwrap_or_default();
        assert_eq!(inputs.innocent & (1 << step), 0, "engaged what is not to blame");
    }
    if anew && before.engaged().is_none() && !by_hand {
        assert!(inputs.enough && !inputs.crowded);
        assert!(before.engagements(now) < settings.limit, "engaged past its limit");
    }
    if inputs.killed {
        assert_eq!(engaged, None, "engaged under the kill switch");
    }
    if inputs.lapsed && before.engaged().is_some() {
        assert_eq!(engaged, None, "a lapse is a release");
    }
    if matches!(after.state(), State::Exhausted) && before.state() != after.state() {
        assert_eq!(engaged, None);
        assert!(actions.iter().any(|action| matches!(action, Action::Tell { what: Told::Exhausted, .. })));
    }
    // every change of what is engaged is told
    if before.engaged() != after.engaged() {
        assert!(actions.iter().any(|action| matches!(action, Action::Tell { .. })), "{actions:?}");
    }
}

/// Engaged with nothing given back yet.
fn is_held(machine: &Machine) -> bool {
    matches!(machine.state(), State::Verifying { .. } | State::Engaged { .. })
}

#[test]
fn no_course_of_a_policy_breaks_its_promises() {
    let inputs = inputs();
    let second = Duration::from_secs(1);
    let start = Duration::from_secs(100);
    let mut seen = HashSet::new();
    let mut queue = VecDeque::new();
    let first = Machine::new(settings());
    seen.insert(first.key(start));
    queue.push_back((first, start));
    let (mut transitions, mut engagements, mut exhausted) = (0_u64, 0_u64, 0_u64);
    while let Some((machine, now)) = queue.pop_front() {
        for inputs in &inputs {
            let mut next = machine.clone();
            let mut actions = Vec::new();
            next.step(now, inputs, &mut actions);
            check(&machine, &next, now, inputs, &actions);
            transitions += 1;
            engagements += u64::from(actions.iter().any(|action| matches!(action, Action::Engage { .. })));
            exhausted +=
                u64::from(actions.iter().any(|action| matches!(action, Action::Tell { what: Told::Exhausted, .. })));
            for pause in [Duration::ZERO, second] {
                let later = now + pause;
                if seen.insert(next.key(later)) {
                    queue.push_back((next.clone(), later));
                }
            }
        }
        // from wherever it is, a stop undoes everything
        let mut stopped = machine.clone();
        let mut actions = Vec::new();
        stopped.stop(now, &mut actions);
        assert_eq!(apply(machine.engaged(), &actions), None);
        // and so does peace: a trigger that stays resolved leads to nothing engaged, unless a person holds it
        if matches!(machine.state(), State::ByHand { .. }) {
            continue;
        }
        // and so does silence: a trigger that nobody can see any more holds nothing for ever, for a share is given back to see
        let silence = Inputs { unseen: true, harmed: Some(false), divisible: 1, ..Inputs::default() };
        let (mut unseen, mut later, mut probed) = (machine.clone(), now, !is_held(&machine));
        for _ in 0..40 {
            let mut actions = Vec::new();
            unseen.step(later, &silence, &mut actions);
            probed |= actions.iter().any(|action| matches!(action, Action::Probe { .. }))
                || matches!(unseen.state(), State::Exhausted);
            later += second;
        }
        assert!(unseen.engaged().is_none() && probed, "{machine:?} {unseen:?}");
        let (mut quiet, mut later) = (machine, now);
        let peace = Inputs {
            triggered: Some(false),
            improved: Some(true),
            harmed: Some(false),
            divisible: 1,
            ..Inputs::default()
        };
        for _ in 0..40 {
            let mut actions = Vec::new();
            quiet.step(later, &peace, &mut actions);
            later += second;
        }
        assert_eq!((quiet.engaged(), quiet.state()), (None, State::Idle), "it goes back to rest");
    }
    assert!(transitions >= 1_000_000, "{transitions} transitions over {} states", seen.len());
    assert!(engagements > 0 && exhausted > 0);
}

#[test]
fn what_cannot_be_judged_for_want_of_calls_still_comes_to_an_end() {
    let mut machine = Machine::new(settings());
    let mut now = Duration::from_secs(100);
    let blind = Inputs { triggered: Some(true), enough: true, permitted: true, ..Inputs::default() };
    let mut told = Vec::new();
    for _ in 0..60 {
        machine.step(now, &blind, &mut told);
        now += Duration::from_secs(1);
    }
    assert!(matches!(machine.state(), State::Exhausted), "{machine:?}");
}
