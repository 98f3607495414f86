//! What a request may not do: allocate, or wake the loop more often than every 10 ms.
//!
//! System calls are counted from outside, as `benches/README.md` says.

use std::hint::black_box;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

use allocation_counter::measure;
use reliability_core::journey::{Baggage, Joined};
use reliability_core::testkit::turn;
use reliability_core::{
    __bench::rings, Dimmer, Feature, FeatureSpec, Flag, Gate, Journey, Ladder, Latency, Objective, Outcome, PartSpec,
    Reading, Reliability, SetBy, Share, Shed, Sli, degrade, flag, shed, sli,
};

#[derive(Debug)]
struct Refused;

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("refused")
    }
}

#[sli(objective = "99.9%", latency = "99% < 250ms")]
fn answer(good: bool) -> Result<u64, Refused> {
    if good { Ok(1) } else { Err(Refused) }
}

#[sli(objective = "99.9%", timing = "off")]
fn untimed(good: bool) -> Result<u64, Refused> {
    if good { Ok(1) } else { Err(Refused) }
}

#[sli(objective = "99.9%", timing = "coarse")]
fn coarse(good: bool) -> Result<u64, Refused> {
    if good { Ok(1) } else { Err(Refused) }
}

#[sli(objective = "99.9%", latency = "99% < 250ms")]
async fn later(good: bool) -> Result<u64, Refused> {
    if good { Ok(1) } else { Err(Refused) }
}

#[sli(objective = "99.9%", latency = "99% < 1us")]
fn slow(_: bool) -> Result<u64, Refused> {
    thread::yield_now();
    (0..2_000_u64).for_each(|i| _ = black_box(i));
    Ok(1)
}

fn drive(future: impl Future<Output = Result<u64, Refused>>) -> Result<u64, Refused> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => value,
        Poll::Pending => unreachable!("it never waits"),
    }
}

type Call = (&'static str, fn(bool) -> Result<u64, Refused>);

const CALLS: [Call; 5] = [
    ("precise", answer),
    ("untimed", untimed),
    ("coarse", coarse),
    ("async", |good| drive(later(good))),
    ("slow", slow),
];

/// One engine for all of them: it takes error texts, so that those are written too.
fn start() -> Reliability {
    Reliability::builder().service("hot-path").only("hot-path").error_texts(str::to_owned).start().unwrap()
}

#[test]
fn a_call_after_the_first_on_a_thread_does_not_allocate_good_or_bad() {
    let reliability = start();
    for (name, call) in CALLS {
        for good in [true, false] {
            let _ = call(good);
            let info = measure(|| (0..1_000).for_each(|_| _ = black_box(call(good))));
            assert_eq!(info.count_total, 0, "{name}, good: {good}");
        }
    }
    drop(reliability);
}

static NEW: Flag = Flag::for_share("hot-new", Share::ratio(1, 2));
static HOME: Ladder = Ladder::new("hot-home", &["full", "cached", "refuse"]);
static EXTRAS: Dimmer = Dimmer::new("hot-extras");
static DOOR: Gate = Gate::new("hot-door");

impl From<Shed> for Refused {
    fn from(_: Shed) -> Self {
        Self
    }
}

#[sli(objective = "99.9%", latency = "99% < 250ms")]
#[shed(DOOR, priority = "high", key = "customer")]
#[flag(NEW, otherwise = answer, key = "customer")]
#[degrade(HOME, from = "cached", fallback = coarse)]
fn guarded(good: bool) -> Result<u64, Refused> {
    if good { Ok(1) } else { Err(Refused) }
}

#[degrade(HOME, from = "cached", fallback = answer)]
#[flag(NEW, otherwise = answer)]
#[shed(DOOR)]
#[sli(objective = "99.9%")]
async fn guarded_later(good: bool) -> Result<u64, Refused> {
    if good { Ok(1) } else { Err(Refused) }
}

#[test]
fn what_a_switch_is_asked_allocates_nothing_however_it_stands() {
    let reliability = start();
    let ask = |good| {
        let optional = u64::from(EXTRAS.serve()) + u64::from(NEW.enabled()) + u64::from(NEW.enabled_for("somebody"));
        let _ = (black_box(optional), guarded(good), drive(guarded_later(good)));
    };
    let whatever = || {
        // as often as it takes to have come by both arms, whose functions open blocks of their own
        (0..64).for_each(|i| ask(i % 2 == 0));
        measure(|| (0..500).for_each(|i| ask(i % 2 == 0))).count_total
    };
    assert_eq!(whatever(), 0, "as declared");
    turn(&EXTRAS, SetBy::Policy, Some(Share::ratio(1, 3)));
    turn(&NEW, SetBy::Policy, Some(Share::NONE));
    assert_eq!(whatever(), 0, "without the feature");
    turn(&NEW, SetBy::Policy, Some(Share::ALL));
    turn(&HOME, SetBy::Policy, Some("cached"));
    assert_eq!(whatever(), 0, "degraded");
    turn(&HOME, SetBy::Policy, Some("refuse"));
    assert_eq!(whatever(), 0, "refused by the ladder");
    turn(&DOOR, SetBy::Policy, Some(Share::ALL));
    assert_eq!(whatever(), 0, "refused at the door");
    drop(reliability);
}

#[test]
fn a_journey_allocates_nothing_good_or_bad() {
    static JOURNEY: Feature = Feature::new("hot-journey");
    let spec = FeatureSpec::new(JOURNEY.name(), Reading::Journey)
        .objective(Objective::parse("99%").unwrap())
        .part(PartSpec::slo("hot-path-answer-availability"))
        .part(PartSpec::slo("hot-path-later-availability"));
    let reliability = Reliability::builder().service("hot-path").only("hot-path").feature(spec).start().unwrap();
    let journey = |good| {
        let mut journey = Journey::begin(&JOURNEY);
        let _ = journey.enter(|| answer(good));
        let _ = journey.enter(|| drive(later(true)));
        let verdict = journey.end();
        let _ = drive(async move {
            Journey::begin(&JOURNEY).scope(async { answer(good) }).await.map(drop)?;
            Ok(0)
        });
        let mut joined = Joined::of(&Baggage::parse("reliability-journey=hot-journey").unwrap());
        let _ = joined.enter(|| answer(good));
        drop((joined.end(), Journey::begin(&JOURNEY)));
        verdict
    };
    for (good, verdict) in [(true, Outcome::Good), (false, Outcome::Bad)] {
        assert_eq!(journey(good), verdict);
        let info = measure(|| (0..1_000).for_each(|_| _ = black_box(journey(good))));
        assert_eq!(info.count_total, 0, "good: {good}");
    }
    drop(reliability);
}

#[test]
fn the_first_call_on_a_thread_allocates_a_block_and_perhaps_a_table() {
    let _ = answer(true);
    let info = thread::spawn(|| measure(|| _ = black_box(answer(true)))).join().unwrap();
    assert!((1..=2).contains(&info.count_total), "{info:?}");
}

#[test]
fn a_dropped_future_and_a_panic_do_not_allocate_by_being_counted() {
    let reliability = start();
    let hanging = || {
        let begun = hanging_call();
        let mut begun = pin!(begun);
        assert!(begun.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    };
    hanging();
    let info = measure(|| (0..1_000).for_each(|_| hanging()));
    assert_eq!(info.count_total, 0);
    drop(reliability);
}

#[sli(objective = "99.9%", cancelled = "bad")]
async fn hanging_call() -> Result<u64, Refused> {
    std::future::pending::<()>().await;
    Err(Refused)
}

#[test]
fn a_storm_on_sixteen_threads_rings_at_most_every_ten_milliseconds() {
    let sli = |i| {
        let sli = Sli::named(&format!("storm-{i}")).unwrap();
        sli.declare(|spec| {
            spec.objective(Objective::parse("99.9%").unwrap()).latency(Latency::parse("99% < 250ms").unwrap())
        })
    };
    let slis: Vec<Sli> = (0..20).map(sli).collect();
    let slis: &'static [Sli] = Vec::leak(slis);
    let builder = slis.iter().fold(Reliability::builder().only("storm"), reliability_core::Builder::sli);
    let reliability = builder.start().unwrap();
    let over = AtomicBool::new(false);
    // a ring may come at once, and then one for each whole 10 ms
    let began = elapsed_since_start();
    let before = rings();
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| {
                while !over.load(Ordering::Relaxed) {
                    for sli in slis {
                        sli.time_as(|| (), |()| Outcome::Bad);
                    }
                }
            });
        }
        thread::sleep(Duration::from_secs(1));
        over.store(true, Ordering::Relaxed);
    });
    let rung = rings() - before;
    let took = elapsed_since_start().saturating_sub(began);
    drop(reliability);
    assert!(rung > 0, "nobody rang");
    assert!(u128::from(rung) <= took.as_millis() / 10 + 1, "{rung} rings in {took:?}");
}

#[allow(clippy::disallowed_methods)] // a test of how often something happens must look at a clock
fn elapsed_since_start() -> Duration {
    static START: std::sync::LazyLock<std::time::Instant> = std::sync::LazyLock::new(std::time::Instant::now);
    START.elapsed()
}
