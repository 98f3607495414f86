//! The figures by which rules are compared, each from runs of its own, as means over seeds.
#![allow(dead_code)] // the tests use a part

use std::ops::Range;
use std::time::Duration;

use reliability_core::testkit::simulation::{Fault, Load, Record, Service, Setting, Shape, Simulation};

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Queue,
    Shared,
}

impl Kind {
    pub(crate) fn setting(self) -> Setting {
        match self {
            Self::Queue => Setting::queue(),
            Self::Shared => Setting::shared(),
        }
    }
}

/// What is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scene {
    /// Half of the capacity, from 10 s on ten times as much as it can do.
    TenTimes,
    /// The same with three attempts.
    Retried,
    /// Half, ten times from 10 s to 30 s, half.
    Step,
    /// The same with three attempts.
    StepRetried,
    /// Half throughout.
    Half,
    /// Four fifths from 10 s on.
    Busy,
    /// Four fifths; from 10 s to 70 s everything takes three times as long.
    Slow,
}

pub(crate) fn s(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds)
}

impl Scene {
    pub(crate) fn on(self, setting: Setting) -> Setting {
        let patience = Duration::from_millis(50);
        let ten = Load::steady(0.5).step(s(10.0), 10.0);
        match self {
            Self::TenTimes => setting.load(ten),
            Self::Retried => setting.load(ten).attempts(3, patience),
            Self::Step => setting.load(ten.step(s(30.0), 0.5)).length(s(45.0)),
            Self::StepRetried => setting.load(ten.step(s(30.0), 0.5)).length(s(45.0)).attempts(3, patience),
            Self::Half => setting.load(Load::steady(0.5)),
            Self::Busy => setting.load(Load::steady(0.5).step(s(10.0), 0.8)),
            Self::Slow => {
                let slow = Fault::between(s(10.0), s(70.0)).slows(3.0);
                setting.load(Load::steady(0.8)).fault(slow).length(s(75.0))
            }
        }
    }

    /// What is offered for one that can be served: for the oracle.
    pub(crate) fn offered(self) -> fn(Duration) -> f64 {
        match self {
            Self::TenTimes | Self::Retried => |now| if now.as_secs() >= 10 { 10.0 } else { 0.5 },
            Self::Step | Self::StepRetried => |now| if (10..30).contains(&now.as_secs()) { 10.0 } else { 0.5 },
            Self::Half => |_| 0.5,
            Self::Busy => |_| 0.8,
            Self::Slow => |now| if (10..70).contains(&now.as_secs()) { 2.4 } else { 0.8 },
        }
    }
}

/// Means over seeds. Shares of 1.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Figures {
    pub(crate) ten: f64,
    pub(crate) retried: f64,
    pub(crate) first_second: f64,
    pub(crate) refused_half: f64,
    pub(crate) refused_busy: f64,
    pub(crate) critical: f64,
    pub(crate) high: f64,
    pub(crate) slow: f64,
    pub(crate) slow_critical: f64,
    /// Seconds until 99 % are served after the load is back; 15 if never.
    pub(crate) back: f64,
    pub(crate) back_retried: f64,
}

/// Plays all scenes with a rule that `make` makes.
pub(crate) fn measure<S: Service>(make: &dyn Fn(Scene) -> S, kind: Kind, shape: Shape, seeds: Range<u64>) -> Figures {
    let n = (seeds.end - seeds.start) as f64;
    let mut sum = Figures::default();
    let later = s(20.0)..s(60.0);
    let back = |record: &Record| record.recovered(0.99, s(30.0)..s(44.0)).map_or(15.0, |it| it.as_secs_f64());
    for seed in seeds {
        let run = |scene: Scene| {
            let setting = scene.on(kind.setting().service(Duration::from_millis(10), shape));
            Simulation::new(setting).run(&mut make(scene), seed)
        };
        let ten = run(Scene::TenTimes);
        sum.ten += ten.goodput(later.clone()) / n;
        sum.critical += ten.class_success("critical", later.clone()) / n;
        sum.high += ten.class_success("high", later.clone()) / n;
        sum.retried += run(Scene::Retried).goodput(later.clone()) / n;
        let step = run(Scene::Step);
        sum.first_second += step.goodput(s(10.0)..s(11.0)) / n;
        sum.back += back(&step) / n;
        sum.back_retried += back(&run(Scene::StepRetried)) / n;
        sum.refused_half += run(Scene::Half).refused(s(0.0)..s(60.0)) / n;
        sum.refused_busy += run(Scene::Busy).refused(later.clone()) / n;
        let slow = run(Scene::Slow);
        sum.slow += 3.0 * slow.goodput(s(10.0)..s(70.0)) / n;
        sum.slow_critical += slow.class_success("critical", s(10.0)..s(70.0)) / n;
    }
    sum
}
