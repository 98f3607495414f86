//! The thread that asks, and what of it the loop sees.
//!
//! The loop looks at a desk and waits for nothing: the desk's lock is held for as long as it takes to put an answer down. How old the
//! verdict is goes by the monotonic clock, from the instant at which the engine had evaluated it; past the bound it is not known, whether
//! the engine is down, answers nonsense, or answers with what it knew long ago. A single failed query changes nothing before that.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::query::Api;
use super::reading::{self, Told};
use crate::clock::Reading;
use crate::engine::event::EventKind;
use crate::engine::fleet::{FleetReport, FleetSlo, FleetStanding};
use crate::engine::port::Overview;

/// What is asked, how often, and how old its answer may be.
#[derive(Clone, Debug)]
pub(super) struct Task {
    pub(super) api: Api,
    pub(super) query: String,
    pub(super) every: Duration,
    pub(super) stale_after: Duration,
}

#[derive(Debug, Default)]
struct Desk {
    state: Mutex<State>,
    wake: Condvar,
}

#[derive(Debug, Default)]
struct State {
    slos: Arc<[FleetSlo]>,
    /// When the engine had evaluated it, in monotonic time; may be before the process began, so an age and when it was that.
    age: Option<(Duration, Duration)>,
    trouble: String,
    asked: u64,
    failures: u64,
    took: Duration,
    ended: bool,
}

impl Desk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn put(&mut self, told: Told, now: Duration) {
        let known = !told.slos.is_empty();
        self.trouble = match told.age {
            _ if !known => "it knows none of this service's objectives: load the generated rules into it".into(),
            None => "it does not say when its rules were evaluated".into(),
            Some(_) => String::new(),
        };
        if let (true, Some(age)) = (known, told.age) {
            self.slos = told.slos.into();
            self.age = Some((age, now));
        }
    }

    fn report(&self, task: &Task, now: Duration) -> FleetReport {
        let age = self.age.map(|(age, at)| age + now.saturating_sub(at));
        let failed = self.failures > 0 && !self.trouble.is_empty();
        let (standing, reason) = match age {
            Some(age) if age <= task.stale_after => (FleetStanding::Known, String::new()),
            Some(age) if self.trouble.is_empty() => {
                (FleetStanding::Stale, format!("its rules were last evaluated {} s ago", age.as_secs()))
            }
            None if self.trouble.is_empty() => (FleetStanding::Asking, String::new()),
            _ if failed => (FleetStanding::Down, self.trouble.clone()),
            _ => (FleetStanding::Stale, self.trouble.clone()),
        };
        FleetReport {
            url: task.api.url(),
            standing,
            reason,
            age,
            stale_after: task.stale_after,
            every: task.every,
            asked: self.asked,
            failures: self.failures,
            took: self.took,
            slos: Arc::clone(&self.slos),
        }
    }
}

/// The loop's end of it.
#[derive(Debug)]
pub(super) struct Watch {
    task: Task,
    desk: Arc<Desk>,
    was: FleetStanding,
}

impl Watch {
    /// # Errors
    /// If the system gives no thread.
    pub(super) fn start(task: Task) -> std::io::Result<Self> {
        let desk = Arc::new(Desk::default());
        let (theirs, asking) = (Arc::clone(&desk), task.clone());
        thread::Builder::new().name("reliability-fleet".into()).spawn(move || run(&theirs, &asking))?;
        Ok(Self { task, desk, was: FleetStanding::Asking })
    }
}

impl Overview for Watch {
    fn look(&mut self, now: Duration) -> (Arc<FleetReport>, Option<EventKind>) {
        let report = self.desk.state().report(&self.task, now);
        let is_known = report.standing == FleetStanding::Known;
        let was = std::mem::replace(&mut self.was, report.standing);
        let (url, was_known) = (report.url.clone(), was == FleetStanding::Known);
        let news = match report.standing {
            FleetStanding::Known if !was_known => Some(EventKind::FleetKnown { url, slos: report.slos.len() }),
            FleetStanding::Down | FleetStanding::Stale if was_known || was == FleetStanding::Asking => {
                Some(EventKind::FleetLost { url, reason: report.reason.clone() })
            }
            _ => None,
        };
        debug_assert!(is_known == report.reason.is_empty() || report.standing == FleetStanding::Asking);
        (Arc::new(report), news)
    }

    fn stop(&mut self) {
        self.desk.state().ended = true;
        self.desk.wake.notify_all();
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.stop();
    }
}

fn run(desk: &Desk, task: &Task) {
    loop {
        let begun = Reading::now().monotonic;
        let answer = task.api.instant(&task.query, None);
        let told = answer.map(|answer| reading::read(&answer));
        let now = Reading::now().monotonic;
        let mut state = desk.state();
        state.asked += 1;
        state.took = now.saturating_sub(begun);
        match told {
            // what an answer says about its age is said at its instant, and that was after the asking
            Ok(told) => state.put(told, begun),
            Err(error) => {
                state.failures += 1;
                state.trouble = error.to_string();
            }
        }
        loop {
            let left = task.every.saturating_sub(Reading::now().monotonic.saturating_sub(begun));
            if state.ended {
                return;
            }
            if left.is_zero() {
                break;
            }
            state = desk.wake.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task() -> Task {
        let api = Api::at("http://localhost:9").unwrap();
        Task { api, query: String::new(), every: Duration::from_secs(15), stale_after: Duration::from_secs(150) }
    }

    fn told(age: Option<u64>) -> Told {
        Told { slos: vec![FleetSlo::default()], age: age.map(Duration::from_secs) }
    }

    fn standing(state: &State, now: u64) -> FleetStanding {
        state.report(&task(), Duration::from_secs(now)).standing
    }

    #[test]
    fn a_verdict_is_known_until_it_is_too_old_whatever_happens_to_the_engine() {
        let mut state = State::default();
        assert_eq!(standing(&state, 1), FleetStanding::Asking);
        state.put(told(Some(30)), Duration::from_secs(10));
        assert_eq!(standing(&state, 10), FleetStanding::Known);
        (state.failures, state.trouble) = (1, "no connection".into());
        assert_eq!(standing(&state, 130), FleetStanding::Known);
        assert_eq!(standing(&state, 131), FleetStanding::Down);
        state.put(told(Some(149)), Duration::from_secs(140));
        assert_eq!(standing(&state, 140), FleetStanding::Known);
        assert_eq!(standing(&state, 142), FleetStanding::Stale);
    }

    #[test]
    fn an_engine_that_knows_nothing_of_the_service_is_no_verdict() {
        let mut state = State::default();
        state.put(Told::default(), Duration::ZERO);
        assert_eq!(standing(&state, 1), FleetStanding::Stale);
        state.put(told(None), Duration::ZERO);
        let report = state.report(&task(), Duration::ZERO);
        assert_eq!((report.standing, report.slos.len()), (FleetStanding::Stale, 0));
    }

    #[test]
    fn the_loop_tells_once_when_the_verdict_comes_and_goes() {
        let mut watch = Watch { task: task(), desk: Arc::default(), was: FleetStanding::Asking };
        let mut news = |change: &dyn Fn(&mut State), now: u64| {
            change(&mut watch.desk.state());
            watch.look(Duration::from_secs(now)).1
        };
        assert_eq!(news(&|_| {}, 0), None);
        assert!(matches!(
            news(&|state| state.put(told(Some(0)), Duration::ZERO), 1),
            Some(EventKind::FleetKnown { .. })
        ));
        assert_eq!(news(&|_| {}, 2), None);
        let lost = news(&|state| (state.failures, state.trouble) = (1, "gone".into()), 200);
        assert!(matches!(lost, Some(EventKind::FleetLost { reason, .. }) if reason == "gone"));
        assert_eq!(news(&|_| {}, 300), None);
    }
}
