//! The service under test: four kinds of requests, four indicators, the switches that its handlers ask, and a loop on the
//! simulation's clock.
//!
//! Without compensation it is the same service with its switches as declared, no gate and no policy: it still measures.

use std::collections::HashMap;
use std::time::Duration;

use reliability_core::compensate::{Policy, Step, Trigger};
use reliability_core::testkit::Lab;
use reliability_core::testkit::simulation::{Answer, Ending, Guarded, Request, Service, Work};
use reliability_core::{
    Arm, CompensationAction, Event, EventKind, Flag, Gate, Ladder, NameError, Objective, Report, Severity, Sli,
    Timestamp,
};

use crate::run::Mark;
use crate::scenario::{CLASSES, Scenario};

static CHECKOUT: Ladder = Ladder::new("checkout-payment", &["full", "charge-later"]);
static RECOMMENDATIONS: Flag = Flag::on("recommendations");
static NEW_SEARCH: Flag = Flag::on("new-search");

/// Taking an order without charging it, a home page without recommendations, the old search: what they take.
const CHARGE_LATER: Duration = Duration::from_millis(4);
const PLAIN_HOME: Duration = Duration::from_millis(6);

/// What a client got in the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    Full,
    Degraded,
    Shed,
    Failed,
}

/// A client, over all of its attempts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client {
    pub(crate) class: usize,
    pub(crate) first_arrived: Duration,
    pub(crate) fate: Fate,
}

pub(crate) struct Shop {
    scenario: Scenario,
    lab: Lab,
    began: Timestamp,
    now: Duration,
    slis: Vec<Sli>,
    door: Option<Guarded>,
    clients: HashMap<u64, Client>,
    /// Which arm of the search's flag a request took, while it runs.
    arms: HashMap<(u64, u8), Arm>,
}

impl Shop {
    pub(crate) fn new(scenario: Scenario, compensated: bool) -> Self {
        let objective = Objective::parse("99.9%").ok();
        let sli = |name: &str| {
            let sli = Sli::named(name).ok()?;
            Some(sli.declare(|spec| objective.map_or(spec, |objective| spec.objective(objective))))
        };
        let slis: Vec<Sli> = CLASSES.iter().filter_map(|(name, _, _)| sli(name)).collect();
        let lab = Lab::judging(&slis);
        let policy = compensated.then(|| policy(scenario)).flatten();
        let lab = lab.with_policies(policy);
        Self {
            scenario,
            began: lab.now(),
            lab,
            now: Duration::ZERO,
            slis,
            door: compensated.then(|| Guarded::by(Gate::new("front-door"))),
            clients: HashMap::new(),
            arms: HashMap::new(),
        }
    }

    pub(crate) fn report(&self) -> Report {
        self.lab.report()
    }

    pub(crate) fn clients(&self) -> impl Iterator<Item = &Client> {
        self.clients.values()
    }

    /// Whether any alert of the watched objective, or a policy that has tried everything, would wake a person.
    pub(crate) fn paged(&self) -> bool {
        self.lab.events().iter().any(|event| event.kind.severity() == Some(Severity::Page))
    }

    /// What the library did, in order.
    pub(crate) fn marks(&self) -> Vec<Mark> {
        self.lab.events().iter().filter_map(|event| self.mark(event)).collect()
    }

    fn mark(&self, event: &Event) -> Option<Mark> {
        let word = match &event.kind {
            EventKind::Detected { detected, .. } => {
                if *detected {
                    "detected"
                } else {
                    "over"
                }
            }
            EventKind::Compensation { action, .. } => match action {
                CompensationAction::Engaged => "engaged",
                CompensationAction::Verified => "verified",
                CompensationAction::Released => "released",
                _ => "other",
            },
            EventKind::Alert { severity: Severity::Page, firing: true, .. } => "paged",
            _ => return None,
        };
        let at = event.at.since(self.began).as_secs_f64();
        Some(Mark { at, word, sentence: event.kind.to_string() })
    }
}

/// What answers the scenario. Overload and a storm of retries need none: the gate does it by itself.
fn policy(scenario: Scenario) -> Option<Policy> {
    let built = match scenario {
        Scenario::PaymentsDown => {
            answer("payments", "checkout", Step::rung(&CHECKOUT, "charge-later").costs("orders are charged later"))
        }
        Scenario::SlowDependency => {
            answer("home", "home", Step::off(&RECOMMENDATIONS).costs("no recommendations on the home page"))
        }
        Scenario::BadDeploy => answer("search", "search", Step::off(&NEW_SEARCH).costs("the search of last week")),
        Scenario::Overload | Scenario::RetryStorm => return None,
    };
    built.ok()
}

fn answer(name: &str, sli: &str, step: Step) -> Result<Policy, NameError> {
    Ok(Policy::named(name)?
        .on(Trigger::detected(sli))
        .step(step)
        .verify(sli, Duration::from_secs(5))
        .hold(Duration::from_secs(10))
        .probe_for(Duration::from_secs(3))
        .act())
}

impl Service for Shop {
    type Permit = Option<<Guarded as Service>::Permit>;

    fn admit(&mut self, request: &Request) -> Option<Self::Permit> {
        match &mut self.door {
            Some(door) => door.admit(request).map(Some),
            None => Some(None),
        }
    }

    fn release(&mut self, permit: Self::Permit, answer: &Answer) {
        if let (Some(door), Some(permit)) = (&mut self.door, permit) {
            door.release(permit, answer);
        }
    }

    /// What the handlers do, each with the switch of its scenario.
    fn work(&mut self, request: &Request, mut work: Work) -> Work {
        let class = CLASSES.get(request.class).map_or("", |(name, _, _)| name);
        match (self.scenario, class) {
            (Scenario::PaymentsDown, "checkout") if CHECKOUT.rung() > 0 => {
                (work.takes, work.fails, work.degraded) = (CHARGE_LATER, false, true);
            }
            (Scenario::SlowDependency, "home") if !RECOMMENDATIONS.enabled_for(request.id.to_le_bytes()) => {
                (work.takes, work.fails, work.degraded) = (work.takes.min(PLAIN_HOME), false, true);
            }
            (Scenario::BadDeploy, "search") => {
                let arm = NEW_SEARCH.arm_for(request.id.to_le_bytes());
                self.arms.insert((request.id, request.attempt), arm);
                if arm == Arm::Off {
                    (work.fails, work.degraded) = (false, true);
                }
            }
            _ => {}
        }
        work
    }

    fn answered(&mut self, answer: &Answer) {
        let Request { id, class, attempt, first_arrived, .. } = answer.request;
        if let Some(sli) = self.slis.get(class) {
            sli.record(answer.outcome(), answer.elapsed());
        }
        if let Some(arm) = self.arms.remove(&(id, attempt)) {
            NEW_SEARCH.observe(arm, answer.outcome());
        }
        let fate = match answer.ending {
            Ending::InTime if answer.degraded => Fate::Degraded,
            Ending::InTime => Fate::Full,
            Ending::Refused | Ending::Dropped => Fate::Shed,
            _ => Fate::Failed,
        };
        let client = self.clients.entry(id).or_insert(Client { class, first_arrived, fate });
        if !matches!(client.fate, Fate::Full | Fate::Degraded) {
            client.fate = fate;
        }
    }

    fn tick(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.now);
        self.now = now;
        self.lab.advance_awake(passed, passed);
    }
}
