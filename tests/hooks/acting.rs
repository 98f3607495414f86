//! A hook in a policy: it asks, waits, does what was approved, and is not done when nobody said yes.
#![cfg(unix)]

use std::time::Duration;

use reliability_core::compensate::{Policy, Step, Trigger};
use reliability_core::hook::{Command, Hook};
use reliability_core::testkit::Lab;
use reliability_core::{ApprovalReport, ApprovalState, CompensationAction, EventKind, Objective, Outcome, Sli};

/// A shop whose policy has this hook as its only step, in trouble.
struct Trouble {
    lab: Lab,
    policy: &'static str,
    told: Vec<(CompensationAction, String)>,
}

impl Trouble {
    fn with(policy: &'static str, hook: Hook) -> Self {
        let sli = Sli::named(policy).unwrap().declare(|spec| spec.objective(Objective::parse("99.9%").unwrap()));
        let steps = Policy::named(policy).unwrap().on(Trigger::detected(policy)).step(Step::run(hook));
        let mut lab = Lab::judging([&sli]).with_policies([steps.verify(policy, Duration::from_secs(3_600)).act()]);
        lab.advance(Duration::from_secs(60));
        sli.record_many(Outcome::Bad, 20);
        let mut told = Vec::new();
        let events = lab.advance(Duration::from_secs(1));
        take(&mut told, events);
        Self { lab, policy, told }
    }

    /// Lets the loop look until this has been told.
    fn until(&mut self, action: CompensationAction) -> String {
        for _ in 0..2_000 {
            if let Some((_, reason)) = self.told.iter().find(|(told, _)| *told == action) {
                return reason.clone();
            }
            std::thread::sleep(Duration::from_millis(5));
            let events = self.lab.advance(Duration::from_millis(100));
            take(&mut self.told, events);
        }
        panic!("never {action}: {:?}", self.told);
    }

    fn approval(&self) -> ApprovalReport {
        for _ in 0..2_000 {
            if let Some(approval) = self.lab.report().response.approvals.first() {
                return approval.clone();
            }
            std::thread::sleep(Duration::from_millis(5));
        }
        panic!("nobody was asked");
    }
}

fn take(told: &mut Vec<(CompensationAction, String)>, events: Vec<reliability_core::Event>) {
    told.extend(events.into_iter().filter_map(|event| match event.kind {
        EventKind::Compensation { action, reason, .. } => Some((action, reason)),
        _ => None,
    }));
}

fn say() -> Command {
    Command::new("/usr/bin/printf").args(["%s of %s for %s", "{policy}", "{service}", "{sli}"])
}

#[test]
fn a_hook_is_done_and_what_it_said_is_told() {
    let mut trouble = Trouble::with("hooked-done", Hook::command("say", say()));
    let reason = trouble.until(CompensationAction::Done);
    assert!(reason.contains("exit code 0") && reason.ends_with("hooked-done of lab for hooked-done"), "{reason}");
}

#[test]
fn a_plan_is_done_once_somebody_else_has_approved_of_it() {
    let hook = Hook::command("say", say()).approval(Duration::from_secs(60));
    let mut trouble = Trouble::with("hooked-asked", hook);
    let approval = trouble.approval();
    assert_eq!(approval.state, ApprovalState::Pending);
    assert_eq!((approval.requester.as_str(), approval.compensator.as_str()), ("policy hooked-asked", "say"));
    assert!(approval.plan.contains(r#""hooked-asked" "lab""#), "{}", approval.plan);
    let handle = trouble.lab.handle();
    assert!(handle.approve(&approval.id, "another digest", "kim", true).is_err());
    assert!(handle.approve(&approval.id, &approval.digest, &approval.requester, true).is_err());
    handle.approve(&approval.id, &approval.digest, "kim", true).unwrap();
    let reason = trouble.until(CompensationAction::Done);
    assert!(reason.ends_with("; approved by kim"), "{reason}");
    assert!(handle.approve(&approval.id, &approval.digest, "kim", false).is_err());
}

#[test]
fn a_plan_that_was_declined_or_not_answered_is_not_done() {
    let hook = |within| Hook::command("say", Command::new("/no/such/program")).approval(within);
    let mut trouble = Trouble::with("hooked-declined", hook(Duration::from_secs(60)));
    let approval = trouble.approval();
    trouble.lab.handle().approve(&approval.id, &approval.digest, "kim", false).unwrap();
    let reason = trouble.until(CompensationAction::Failed);
    assert!(reason.ends_with("not approved: declined by kim"), "{reason}");
    let mut trouble = Trouble::with("hooked-silent", hook(Duration::from_millis(20)));
    let reason = trouble.until(CompensationAction::Failed);
    assert!(reason.ends_with("not approved: nobody answered in time, which is a no"), "{reason}");
}

#[test]
fn whoever_engaged_a_policy_by_hand_cannot_approve() {
    let hook = Hook::command("say", say()).approval(Duration::from_secs(60));
    let steps = Policy::named("hooked-hand").unwrap().on(Trigger::by_hand()).step(Step::run(hook));
    let lab = Lab::judging([]).with_policies([steps.verify("hooked-hand", Duration::from_secs(3_600)).act()]);
    lab.handle().engage("hooked-hand", Some("kim")).unwrap();
    let mut trouble = Trouble { lab, policy: "hooked-hand", told: Vec::new() };
    trouble.lab.advance(Duration::from_secs(1));
    let approval = trouble.approval();
    assert_eq!(approval.requester, "kim");
    let handle = trouble.lab.handle();
    assert!(handle.approve(&approval.id, &approval.digest, "kim", true).is_err());
    handle.approve(&approval.id, &approval.digest, "alex", true).unwrap();
    trouble.until(CompensationAction::Done);
}

#[test]
fn a_plan_that_is_no_longer_wanted_is_withdrawn_and_a_late_yes_does_nothing() {
    let hook = Hook::command("say", Command::new("/no/such/program")).approval(Duration::from_secs(600));
    let mut trouble = Trouble::with("hooked-withdrawn", hook);
    let approval = trouble.approval();
    let handle = trouble.lab.handle();
    handle.kill_switch(true, Some("kim"));
    trouble.until(CompensationAction::Failed);
    assert!(handle.approve(&approval.id, &approval.digest, "alex", true).is_err());
    let approval = trouble.approval();
    assert!(matches!(approval.state, ApprovalState::Declined { .. }), "{approval:?}");
    assert_eq!(trouble.policy, "hooked-withdrawn");
}

#[test]
fn what_was_done_is_undone_and_what_was_not_is_not() {
    let mark = std::env::temp_dir().join(format!("reliability-hooked-{}", std::process::id()));
    let path = mark.to_str().unwrap();
    let hook = Hook::command("mark", Command::new("/usr/bin/touch").arg(path));
    let mut trouble = Trouble::with("hooked-undone", hook.undone_by_command(Command::new("/bin/rm").arg(path)));
    trouble.until(CompensationAction::Done);
    assert!(mark.exists());
    trouble.told.clear();
    trouble.lab.handle().release("hooked-undone", Some("kim")).unwrap();
    let reason = trouble.until(CompensationAction::Done);
    assert!(reason.starts_with("releasing: exit code 0"), "{reason}");
    assert!(!mark.exists());
}

#[test]
fn a_dry_run_tells_the_plan_and_asks_nobody() {
    let hook = Hook::command("say", Command::new("/no/such/program").arg("{sli}")).approval(Duration::from_secs(60));
    let mut trouble = Trouble::with("hooked-dry", hook.dry_run());
    let reason = trouble.until(CompensationAction::Done);
    assert!(
        reason.contains(r#"dry run, nothing was done after 0.0 s: run "/no/such/program" "hooked-dry""#),
        "{reason}"
    );
    assert!(trouble.lab.report().response.approvals.is_empty());
}
