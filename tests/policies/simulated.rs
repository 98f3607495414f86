//! Policies over a server, its clients and their deadlines in virtual time: the controller of a dimmer, a gate that is let
//! enforce, a gate that is saturated. What a handler does depends on the switch, and what the switch does on the handler.

use std::time::Duration;

use reliability_core::compensate::{Policy, Step, Trigger};
use reliability_core::testkit::Lab;
use reliability_core::testkit::simulation::{
    Answer, Guarded, Load, Record, Request, Service, Setting, Simulation, Work,
};
use reliability_core::{
    CompensationAction as Did, Dimmer, Gate, GateMode, Ladder, Latency, Objective, Phase, SetBy, Share, Sli,
};

use super::{count, deeds, is_idle, policy, stage};

fn s(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

/// A service of one kind of requests, which records them, before it a gate if it has one, and a loop on the same clock.
struct Shop<W, T> {
    lab: Lab,
    sli: Sli,
    door: Option<Guarded>,
    now: Duration,
    times: Times,
    work: W,
    tick: T,
}

impl<W: FnMut(&Request, Work) -> Work, T: FnMut(&mut Lab, Duration)> Service for Shop<W, T> {
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

    fn work(&mut self, request: &Request, work: Work) -> Work {
        (self.work)(request, work)
    }

    fn answered(&mut self, answer: &Answer) {
        self.sli.record(answer.outcome(), answer.elapsed());
        self.times.0.push((answer.at, answer.elapsed()));
    }

    fn tick(&mut self, now: Duration) {
        let passed = now.saturating_sub(self.now);
        self.now = now;
        self.lab.advance_awake(passed, passed);
        (self.tick)(&mut self.lab, now);
    }
}

fn play(setting: Setting, shop: &mut impl Service) -> Record {
    Simulation::new(setting.tick(Duration::from_millis(50))).run(shop, 1)
}

fn sli(name: &str) -> Sli {
    let (objective, latency) = (Objective::parse("99.9%").unwrap(), Latency::parse("95% < 100ms").unwrap());
    Sli::named(name).unwrap().declare(|spec| spec.objective(objective).latency(latency))
}

#[test]
fn a_dimmer_is_turned_down_until_answers_take_as_long_as_promised_and_up_again_when_they_can() {
    static BANNERS: Dimmer = Dimmer::new("steered-banners");
    let _alone = stage();
    let page = sli("steered-page");
    let plan = Policy::named("steered")
        .unwrap()
        .on(Trigger::slower_than("steered-page", s(0.2), Share::of(0.1)))
        .step(Step::steer(&BANNERS, "steered-page"))
        .verify("steered-page", s(60.0))
        .hold(s(150.0))
        .act();
    let lab = Lab::judging([&page]).with_policies([plan]);
    // banners take 2 ms of the 12, or 22 while what they ask is slow: then the server can do with two of five of them
    let (slow, mut thetas) = (s(20.0)..s(140.0), Vec::new());
    let when = slow.clone();
    let mut shop = Shop {
        lab,
        sli: page,
        door: None,
        now: Duration::ZERO,
        times: Times::default(),
        work: move |request: &Request, mut work: Work| {
            if BANNERS.serve() {
                work.takes += if when.contains(&request.arrived) { s(0.022) } else { s(0.002) };
            } else {
                work.degraded = true;
            }
            work
        },
        tick: |_: &mut Lab, now| thetas.push((now, BANNERS.theta().as_f64())),
    };
    let record = play(Setting::queue().load(Load::steady(0.5)).deadline(None).length(s(320.0)), &mut shop);
    let Shop { lab, times, .. } = shop;
    let theta = |from: f64, until: f64| -> Vec<f64> {
        thetas.iter().filter(|(at, _)| (s(from)..s(until)).contains(at)).map(|(_, theta)| *theta).collect()
    };
    assert!(theta(0.0, 20.0).iter().all(|theta| *theta >= 1.0));
    // half at first, then what the setpoint allows: all of it would need (10 + 22 ms) · 800 > 16 workers' seconds
    assert_eq!(theta(20.0, 25.0).iter().find(|theta| **theta < 1.0), Some(&0.5));
    let mean = |figures: &[f64]| figures.iter().sum::<f64>() / figures.len() as f64;
    let steered = theta(60.0, 140.0);
    assert!((0.33..0.5).contains(&mean(&steered)), "{}", mean(&steered));
    assert!(steered.iter().all(|theta| (0.2..0.7).contains(theta)), "it does not swing: {steered:?}");
    let taken: Vec<f64> = (60..140).step_by(5).map(|at| times.percentile(f64::from(at), f64::from(at) + 5.0)).collect();
    assert!((0.06..0.18).contains(&mean(&taken)), "{taken:?}");
    assert!(taken.iter().all(|time| *time < 0.4), "{taken:?}");
    // what was slow is fast again: all is served long before the policy lets go
    assert!(theta(160.0, 165.0).iter().all(|theta| *theta >= 1.0));
    assert!(times.percentile(160.0, 320.0) < 0.1);
    let order: Vec<_> = deeds(&lab).into_iter().map(|(did, _)| did).collect();
    assert_eq!(order, [Did::Engaged, Did::Verified, Did::Probed, Did::Released]);
    assert!(is_idle(&lab, "steered") && BANNERS.set_by() == SetBy::Declared && BANNERS.theta() == Share::ALL);
    let degraded = record.counts(s(0.0)..s(320.0)).degraded as f64 / record.counts(s(20.0)..s(145.0)).clients as f64;
    assert!((0.4..0.7).contains(&degraded), "{degraded} of those in the bad time had a page without banners");
}

/// How long answers took.
#[derive(Default)]
struct Times(Vec<(Duration, Duration)>);

impl Times {
    /// So long or less took 95 % of what was answered in these seconds.
    fn percentile(&self, from: f64, until: f64) -> f64 {
        let mut within: Vec<_> =
            self.0.iter().filter(|(at, _)| (s(from)..s(until)).contains(at)).map(|it| it.1).collect();
        within.sort();
        within[within.len() * 95 / 100].as_secs_f64()
    }
}

#[test]
fn a_gate_that_only_watched_enforces_while_it_must_and_watches_again() {
    let _alone = stage();
    let checkout = sli("enforced-checkout");
    let door = Guarded::by(Gate::new("enforced-door").monitor_only());
    let gate = door.gate();
    let plan = Policy::named("enforced")
        .unwrap()
        .on(Trigger::detected("enforced-checkout"))
        .step(Step::enforce(gate))
        .verify("enforced-checkout", s(5.0))
        .hold(s(10.0))
        .act();
    let lab = Lab::judging([&checkout]).with_policies([plan]);
    let mut shop = Shop {
        lab,
        sli: checkout,
        door: Some(door),
        now: Duration::ZERO,
        times: Times::default(),
        work: |_: &Request, work: Work| work,
        tick: |lab: &mut Lab, _| {
            // a worker of real time turns it, and the time of the simulation waits for it
            let engaged = matches!(policy(lab, "enforced").phase, Phase::Verifying { .. } | Phase::Engaged { .. });
            let wanted = if engaged { GateMode::Enforce } else { GateMode::Monitor };
            for _ in 0..10_000 {
                if gate.mode() == wanted {
                    return;
                }
                std::thread::sleep(Duration::from_millis(1));
            }
            panic!("it is {:?} and should be {wanted:?}", gate.mode());
        },
    };
    let load = Load::steady(0.5).step(s(10.0), 3.0).step(s(60.0), 0.5);
    let record = play(Setting::queue().load(load).length(s(160.0)), &mut shop);
    let lab = shop.lab;
    assert_eq!(record.counts(s(0.0)..s(10.0)).refused, 0);
    assert!(record.class_success("critical", s(13.0)..s(20.0)) > 0.99);
    assert!(count(&lab, Did::ProbeFailed) >= 1, "while the load is there it cannot let go: {:?}", deeds(&lab));
    assert_eq!((count(&lab, Did::Engaged), count(&lab, Did::Verified), count(&lab, Did::Released)), (1, 1, 1));
    assert_eq!((gate.mode(), gate.report().in_flight), (GateMode::Monitor, 0));
    assert!(record.success(s(62.0)..s(159.0)) > 0.99, "{}", record.success(s(62.0)..s(159.0)));
}

#[test]
fn a_gate_that_is_saturated_makes_answers_cheaper_and_they_are_dear_again_when_there_is_room() {
    static HOME: Ladder = Ladder::new("saturated-home", &["full", "cached"]);
    let _alone = stage();
    let home = sli("saturated-home");
    let door = Guarded::by(Gate::new("saturated-door"));
    let plan = Policy::named("saturated")
        .unwrap()
        .on(Trigger::saturated(door.gate()))
        .step(Step::rung(&HOME, "cached"))
        .hold(s(10.0))
        .probe_for(s(5.0))
        .act();
    let lab = Lab::judging([&home]).with_policies([plan]);
    let mut shop = Shop {
        lab,
        sli: home,
        door: Some(door),
        now: Duration::ZERO,
        times: Times::default(),
        work: |_: &Request, mut work: Work| {
            if HOME.rung() > 0 {
                (work.takes, work.degraded) = (work.takes / 3, true);
            }
            work
        },
        tick: |_: &mut Lab, _| {},
    };
    // twice what it can do in full, two thirds of what it can do from the cache
    let load = Load::steady(0.5).step(s(10.0), 2.0).step(s(70.0), 0.5);
    let record = play(Setting::queue().load(load).length(s(160.0)), &mut shop);
    let lab = shop.lab;
    assert_eq!(record.counts(s(0.0)..s(10.0)).degraded, 0);
    assert!(record.success(s(12.0)..s(22.0)) > 0.99, "{}", record.success(s(12.0)..s(22.0)));
    assert_eq!((count(&lab, Did::Engaged), count(&lab, Did::Released)), (1, 1), "{:?}", deeds(&lab));
    assert!(count(&lab, Did::ProbeFailed) >= 1, "{:?}", deeds(&lab));
    assert_eq!((HOME.at(), HOME.set_by()), ("full", SetBy::Declared));
    let after = record.counts(s(150.0)..s(160.0));
    assert_eq!((after.degraded, after.refused), (0, 0));
}
