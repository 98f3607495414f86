//! What is simulated: server, requests, faults, and for how long.

use std::time::Duration;

use super::load::Load;
use crate::admission::Priority;

/// What serves.
///
/// ```
/// use reliability_core::testkit::simulation::{Server, Setting};
/// let pool = Setting::queue().server(Server::Queue { workers: 4 });
/// let cores = Setting::shared().server(Server::Shared { processors: 4, contention: 0.1 });
/// assert_eq!((pool.capacity(), cores.capacity()), (400.0, 400.0)); // of 10 ms each
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Server {
    /// Admitted requests wait for one of this many workers: a pool of threads, of connections.
    Queue {
        /// At least one.
        workers: u32,
    },
    /// Every admitted request runs at once and they share the processors: with `n` in flight on `c` processors each
    /// progresses at min(1, c/n) / (1 + contention · max(0, (n − c)/c)).
    Shared {
        /// At least one.
        processors: u32,
        /// What is lost to switching and caches: 0.1 in the reference setting.
        contention: f64,
    },
}

impl Server {
    pub(super) fn width(self) -> u32 {
        match self {
            Self::Queue { workers } => workers.max(1),
            Self::Shared { processors, .. } => processors.max(1),
        }
    }
}

/// How service times are spread about their mean.
///
/// ```
/// use reliability_core::testkit::simulation::{Setting, Shape};
/// use std::time::Duration;
/// let spread = Setting::queue().service(Duration::from_millis(20), Shape::LogNormal { variation: 2.0 });
/// assert_eq!(spread.capacity(), 800.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Shape {
    /// All alike.
    Constant,
    /// Coefficient of variation 1.
    Exponential,
    /// A sum of so many exponential stages: variation 1/√stages.
    Erlang {
        /// At least one.
        stages: u32,
    },
    /// Heavy on the long side.
    LogNormal {
        /// The coefficient of variation.
        variation: f64,
    },
    /// Nine of ten take half the mean, one takes five and a half times as much.
    Bimodal,
}

/// A kind of requests.
///
/// ```
/// use reliability_core::Priority;
/// use reliability_core::testkit::simulation::{Class, Setting};
/// let pages = Class::new("pages", Priority::Normal, 0.9);
/// let reports = Class::new("reports", Priority::Low, 0.1).work(11.0); // eleven times the mean each
/// assert!((Setting::queue().classes([pages, reports]).capacity() - 800.0).abs() < 1e-9);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Class {
    pub(super) name: String,
    pub(super) priority: Priority,
    pub(super) share: f64,
    pub(super) work: f64,
}

impl Class {
    /// A kind with this share of all requests; shares are taken relative to their sum.
    #[must_use]
    pub fn new(name: impl Into<String>, priority: Priority, share: f64) -> Self {
        let share = if share.is_finite() { share.clamp(0.0, 1e9) } else { 0.0 };
        Self { name: name.into(), priority, share, work: 1.0 }
    }

    /// How much longer than the mean its requests take: 1 unless said.
    #[must_use]
    pub fn work(mut self, factor: f64) -> Self {
        self.work = if factor.is_finite() { factor.clamp(0.0, 1e6) } else { 1.0 };
        self
    }
}

/// Something that goes wrong for a while: a slow or failing dependency, a bad deploy.
///
/// ```
/// use reliability_core::testkit::simulation::Fault;
/// use std::time::Duration;
///
/// let s = Duration::from_secs;
/// let payments_down = Fault::between(s(20), s(50)).fails(1.0).only("checkout");
/// let slow_database = Fault::between(s(20), s(80)).slows(3.0);
/// # let _ = (payments_down, slow_database);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Fault {
    pub(super) from: Duration,
    pub(super) until: Duration,
    pub(super) slower: f64,
    pub(super) failing: f64,
    pub(super) only: Option<String>,
}

impl Fault {
    /// A fault that does nothing yet, for work that starts from `from` to before `until`.
    #[must_use]
    pub fn between(from: Duration, until: Duration) -> Self {
        Self { from, until, slower: 1.0, failing: 0.0, only: None }
    }

    /// Work takes this many times as long.
    #[must_use]
    pub fn slows(mut self, factor: f64) -> Self {
        self.slower = if factor.is_finite() { factor.clamp(0.0, 1e6) } else { 1.0 };
        self
    }

    /// This share of the work fails, 0 to 1.
    #[must_use]
    pub fn fails(mut self, share: f64) -> Self {
        self.failing = if share.is_finite() { share.clamp(0.0, 1.0) } else { 0.0 };
        self
    }

    /// Hits only the requests of this class.
    #[must_use]
    pub fn only(mut self, class: impl Into<String>) -> Self {
        self.only = Some(class.into());
        self
    }
}

/// Everything that a run is made of but the service under test. Begin with [`Setting::queue`] or [`Setting::shared`], the
/// reference setting of this library's figures, and change what is different.
///
/// ```
/// use reliability_core::testkit::simulation::{Fault, Load, Setting};
/// use std::time::Duration;
/// let s = Duration::from_secs;
/// let setting = Setting::queue()
///     .load(Load::steady(0.8))
///     .attempts(3, Duration::from_millis(50))
///     .fault(Fault::between(s(20), s(22)).slows(3.0))
///     .length(s(60));
/// assert_eq!(setting.capacity(), 1_600.0);
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    pub(super) server: Server,
    pub(super) mean: Duration,
    pub(super) shape: Shape,
    pub(super) load: Load,
    pub(super) classes: Vec<Class>,
    pub(super) deadline: Option<Duration>,
    pub(super) refusal: Duration,
    pub(super) attempts: u8,
    pub(super) patience: Duration,
    pub(super) faults: Vec<Fault>,
    pub(super) length: Duration,
    pub(super) tick: Duration,
}

impl Setting {
    /// The reference setting on a server of 16 workers with a queue before them: exponential service of 10 ms, so 1,600
    /// requests a second; a deadline of 100 ms; 5 % critical, 15 % high, 40 % normal, 40 % low; a refusal costs 0.02 ms of
    /// a worker; no retries; half of the capacity arrives, for a minute.
    #[must_use]
    pub fn queue() -> Self {
        Self {
            server: Server::Queue { workers: 16 },
            mean: Duration::from_millis(10),
            shape: Shape::Exponential,
            load: Load::steady(0.5),
            classes: vec![
                Class::new("critical", Priority::Critical, 0.05),
                Class::new("high", Priority::High, 0.15),
                Class::new("normal", Priority::Normal, 0.40),
                Class::new("low", Priority::Low, 0.40),
            ],
            deadline: Some(Duration::from_millis(100)),
            refusal: Duration::from_micros(20),
            attempts: 1,
            patience: Duration::from_millis(50),
            faults: Vec::new(),
            length: Duration::from_secs(60),
            tick: Duration::from_secs(1),
        }
    }

    /// The same on 16 shared processors with a contention of 0.1.
    #[must_use]
    pub fn shared() -> Self {
        Self { server: Server::Shared { processors: 16, contention: 0.1 }, ..Self::queue() }
    }

    /// Another server.
    #[must_use]
    pub fn server(mut self, server: Server) -> Self {
        self.server = server;
        self
    }

    /// Mean and spread of service times. A mean of zero is taken for a nanosecond.
    #[must_use]
    pub fn service(mut self, mean: Duration, shape: Shape) -> Self {
        (self.mean, self.shape) = (mean.max(Duration::from_nanos(1)), shape);
        self
    }

    /// How much arrives.
    #[must_use]
    pub fn load(mut self, load: Load) -> Self {
        self.load = load;
        self
    }

    /// Which kinds of requests there are. An empty list is one kind of normal priority.
    #[must_use]
    pub fn classes(mut self, classes: impl IntoIterator<Item = Class>) -> Self {
        self.classes = classes.into_iter().collect();
        if self.classes.is_empty() {
            self.classes.push(Class::new("normal", Priority::Normal, 1.0));
        }
        self
    }

    /// How long a client waits for an answer, or for ever. Work whose client has given up goes on, and is wasted.
    #[must_use]
    pub fn deadline(mut self, deadline: impl Into<Option<Duration>>) -> Self {
        self.deadline = deadline.into();
        self
    }

    /// What refusing one request costs of a worker's time; charged to the next work that starts.
    #[must_use]
    pub fn refusal(mut self, cost: Duration) -> Self {
        self.refusal = cost;
        self
    }

    /// How often a client tries at most, at least once. Each attempt has a deadline of its own; before the n-th retry the
    /// client waits a random time below `patience` · 2^(n−1).
    #[must_use]
    pub fn attempts(mut self, attempts: u8, patience: Duration) -> Self {
        (self.attempts, self.patience) = (attempts.max(1), patience);
        self
    }

    /// Adds something that goes wrong.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.push(fault);
        self
    }

    /// For how long requests arrive.
    #[must_use]
    pub fn length(mut self, length: Duration) -> Self {
        self.length = length;
        self
    }

    /// How often [`Service::tick`](super::Service::tick) is called: once a second unless said, at most every microsecond.
    #[must_use]
    pub fn tick(mut self, every: Duration) -> Self {
        self.tick = every.max(Duration::from_micros(1));
        self
    }

    /// What the server can do without faults, in requests a second.
    pub fn capacity(&self) -> f64 {
        let shares: f64 = self.classes.iter().map(|it| it.share).sum();
        let work: f64 = self.classes.iter().map(|it| it.share * it.work).sum();
        let factor = if shares > 0.0 && work > 0.0 { work / shares } else { 1.0 };
        f64::from(self.server.width()) / (self.mean.as_secs_f64() * factor)
    }
}
