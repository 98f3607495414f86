//! What is under test: who admits, what a handler does, who is told.

use std::time::Duration;

use crate::admission::Priority;
use crate::sli::Outcome;

/// One attempt of a client's.
///
/// ```
/// use reliability_core::Priority;
/// use reliability_core::testkit::simulation::Request;
/// /// A rule of one's own: nothing is tried again, unless it is critical.
/// fn is_worth_it(request: &Request) -> bool {
///     request.attempt == 1 || request.priority == Priority::Critical
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Request {
    /// The same for all attempts of one client.
    pub id: u64,
    /// The place of its class in the setting's list.
    pub class: usize,
    /// Its class's priority.
    pub priority: Priority,
    /// 0 to 127, drawn evenly.
    pub level: u8,
    /// 1 is the first.
    pub attempt: u8,
    /// When this attempt arrived, since the start of the run.
    pub arrived: Duration,
    /// When the first attempt arrived.
    pub first_arrived: Duration,
    /// How long the client waits from `arrived` on.
    pub deadline: Option<Duration>,
}

/// What a request makes the server do.
///
/// ```
/// use reliability_core::Ladder;
/// use reliability_core::testkit::simulation::Work;
/// static HOME: Ladder = Ladder::new("worked-home", &["full", "cached"]);
/// /// What the handler does: from the cache it is quick, and fails no more.
/// fn home(mut work: Work) -> Work {
///     if HOME.is_at_least(1) {
///         (work.takes, work.fails, work.degraded) = (work.takes / 5, false, true);
///     }
///     work
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Work {
    /// The time that it takes of one worker.
    pub takes: Duration,
    /// Whether it ends in an error.
    pub fails: bool,
    /// Whether a fault of the setting has its hand in it.
    pub hit: bool,
    /// Whether it is a cheaper answer than asked for. A service that falls back says so here.
    pub degraded: bool,
}

/// How an attempt ended.
///
/// ```
/// use reliability_core::testkit::simulation::Ending;
/// fn got_it(ending: Ending) -> bool { ending == Ending::InTime }
/// assert!(!got_it(Ending::Late)); // whoever has given up has nothing of an answer
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Ending {
    /// Answered within its deadline.
    InTime,
    /// Answered when the client had given up.
    Late,
    /// Answered with an error.
    Failed,
    /// Refused at the door.
    Refused,
    /// Admitted, and dropped before the work began: see [`Service::still_wanted`].
    Dropped,
}

/// The end of an attempt, as the service saw it.
///
/// ```
/// use reliability_core::Sli;
/// use reliability_core::testkit::simulation::Answer;
/// fn record(sli: &Sli, answer: &Answer) {
///     sli.record(answer.outcome(), answer.elapsed());
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Answer {
    /// What was asked.
    pub request: Request,
    /// How it ended.
    pub ending: Ending,
    /// Whether it was a cheaper answer than asked for.
    pub degraded: bool,
    /// When it ended, since the start of the run.
    pub at: Duration,
}

impl Answer {
    /// From arrival to end.
    pub fn elapsed(&self) -> Duration {
        self.at.saturating_sub(self.request.arrived)
    }

    /// What a service would record of it: late and failed answers are bad, refused and dropped ones shed.
    pub fn outcome(&self) -> Outcome {
        match self.ending {
            Ending::InTime => Outcome::Good,
            Ending::Late | Ending::Failed => Outcome::Bad,
            Ending::Refused | Ending::Dropped => Outcome::Shed,
        }
    }
}

/// Which of the waiting requests is next. Only [`Server::Queue`](super::Server::Queue) lets requests wait.
///
/// ```
/// use reliability_core::testkit::simulation::{Answer, Load, Order, Request, Service, Setting, Simulation};
/// use std::time::Duration;
/// struct Newest;
/// impl Service for Newest {
///     type Permit = ();
///     fn admit(&mut self, _: &Request) -> Option<()> { Some(()) }
///     fn release(&mut self, (): (), _: &Answer) {}
///     fn order(&self) -> Order { Order::Newest }
/// }
/// let s = Duration::from_secs;
/// let record = Simulation::new(Setting::queue().load(Load::steady(2.0)).length(s(5))).run(&mut Newest, 1);
/// assert!(record.success(s(1)..s(4)) > 0.3); // half of them wait for ever, and the others hardly at all
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Order {
    /// The one that came first.
    Oldest,
    /// The one that came last.
    Newest,
    /// The most important one, of those the oldest.
    Important,
}

/// The service under test. [`Guarded`](super::Guarded) is one behind a gate of this library; write your own to test your
/// handlers' switches, your policies, or another rule of admission.
///
/// ```
/// use reliability_core::testkit::simulation::{Answer, Load, Request, Service, Setting, Simulation};
/// use std::time::Duration;
///
/// /// Lets in so many of each class.
/// struct Shares([u32; 4]);
/// impl Service for Shares {
///     type Permit = ();
///     fn admit(&mut self, request: &Request) -> Option<()> {
///         let left = &mut self.0[request.class];
///         (*left > 0).then(|| *left -= 1)
///     }
///     fn release(&mut self, (): (), answer: &Answer) {
///         self.0[answer.request.class] += 1;
///     }
/// }
/// let s = Duration::from_secs;
/// let simulation = Simulation::new(Setting::queue().load(Load::steady(2.0)).length(s(5)));
/// let record = simulation.run(&mut Shares([8, 8, 8, 8]), 1);
/// assert!(record.success(s(1)..s(4)) > 0.3);
/// assert!(record.class_success("critical", s(1)..s(4)) > record.class_success("low", s(1)..s(4)));
/// ```
pub trait Service {
    /// What an admitted request holds until its end.
    type Permit;

    /// Admits a request, or not. Time is `request.arrived`.
    fn admit(&mut self, request: &Request) -> Option<Self::Permit>;

    /// An admitted request has ended.
    fn release(&mut self, permit: Self::Permit, answer: &Answer);

    /// What a handler does with the work: ask a flag, take a fallback (shorter, `degraded`, not failing). Called when the
    /// request is admitted, after the setting's faults.
    fn work(&mut self, request: &Request, work: Work) -> Work {
        let _ = request;
        work
    }

    /// Told of every attempt's end, refused ones included: the place to record into an [`Sli`](crate::Sli).
    fn answered(&mut self, answer: &Answer) {
        let _ = answer;
    }

    /// Called every [`Setting::tick`](super::Setting::tick) of virtual time: the place to move a
    /// [`Lab`](crate::testkit::Lab)'s clock, so that its loop judges and acts.
    fn tick(&mut self, now: Duration) {
        let _ = now;
    }

    /// In which order a queue is served. Asked once, at the start.
    fn order(&self) -> Order {
        Order::Oldest
    }

    /// Asked when a waiting request's turn has come: `false` drops it, at the price of a refusal.
    fn still_wanted(&mut self, request: &Request, now: Duration) -> bool {
        let _ = (request, now);
        true
    }
}
