//! The front door: one line in `main`, and the only place besides `testkit` that knows every room.

mod acting;
mod changing;
pub(crate) mod companion;
mod error;
mod features;
mod keeping;
mod overview;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use acting::Acting;
use companion::{Brought, Companion};
pub use error::StartError;
pub(crate) use keeping::OpenKeeper;
use keeping::Then;
use overview::BeginOverview;

use crate::admission::switches::check_linked;
use crate::clock::Reading;
use crate::compensate::SharedControls;
use crate::engine::driver::Driver;
use crate::engine::farewell::Stopping;
use crate::engine::identity::{Identity, Said};
use crate::engine::loop_thread::LoopThread;
use crate::engine::port::Sink;
use crate::engine::readout::Redaction;
use crate::engine::report::Report;
use crate::engine::shared::Shared;
use crate::engine::tick::Stipulation;
use crate::export;
use crate::sli::{self, Sli, TraceRef};
use crate::slo::{Curve, Maintenance, Terms};
use crate::spec::FeatureSpec;

/// How long [`Reliability::stop`] waits when nothing else is said.
pub const STOP_WITHIN: Duration = Duration::from_secs(2);

/// The running judge of this process. Stops when it is stopped or dropped.
///
/// ```
/// use reliability_core::{Objective, Outcome, Reliability, Sli};
///
/// let export = Sli::named("nightly-export")?.declare(|spec| spec.objective(Objective::parse("99%").unwrap()));
/// let reliability = Reliability::builder().service("reports").sli(&export).start()?;
///
/// export.record_many(Outcome::Good, 1_000);
/// export.record_many(Outcome::Bad, 2);
///
/// let report = reliability.stop();
/// let slo = report.slo("nightly-export-availability").unwrap();
/// assert_eq!((slo.good, slo.bad), (1_000, 2));
/// assert!(slo.budget_remaining > 0.79); // 2 of the 10 failures that 1 % of 1002 allows
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
#[must_use = "dropping it stops the judging: keep it until the service ends"]
pub struct Reliability {
    handle: Handle,
    thread: Option<LoopThread>,
}

/// Reads what a [`Reliability`] knows. Clone it to share it; it stays readable after the stop.
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
    controls: SharedControls,
    enabled: bool,
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("enabled", &self.enabled).finish_non_exhaustive()
    }
}

impl Reliability {
    /// Everything has a default; see [`Builder`].
    pub fn builder<'a>() -> Builder<'a> {
        Builder::default()
    }

    /// Starts with the defaults: all SLIs of the program's catalogue, exported through what is compiled in.
    ///
    /// # Errors
    /// See [`Builder::start`].
    pub fn start() -> Result<Self, StartError> {
        Self::builder().start()
    }

    /// A handle to share.
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// See [`Handle::report`].
    pub fn report(&self) -> Report {
        self.handle.report()
    }

    /// See [`Handle::add`].
    pub fn add(&self, sli: &Sli) -> bool {
        self.handle.add(sli)
    }

    /// Makes a last tick, hands everything over, and gives the last report. Waits at most [`STOP_WITHIN`].
    pub fn stop(self) -> Report {
        self.stop_within(STOP_WITHIN)
    }

    /// The same with another limit.
    pub fn stop_within(mut self, within: Duration) -> Report {
        self.end(within);
        self.handle.report()
    }

    fn end(&mut self, within: Duration) {
        self.handle.begin_stop();
        if let Some(thread) = self.thread.take() {
            thread.stop(&self.handle.shared, within);
        }
    }
}

impl Drop for Reliability {
    fn drop(&mut self) {
        self.end(STOP_WITHIN);
    }
}

impl Handle {
    #[allow(dead_code)] // only the feature `testkit` asks
    pub(crate) fn of(shared: Arc<Shared>, controls: SharedControls) -> Self {
        Self { shared, controls, enabled: true }
    }

    /// Reads everything out. Counts and judgements are at most a second old, less after a failure.
    pub fn report(&self) -> Report {
        let report = self.shared.report();
        Report { enabled: self.enabled, ..report }
    }

    /// Takes in an SLI that is known only now; its counts begin now. False if one of its name is judged already, or if its
    /// window names a time zone that is not known.
    pub fn add(&self, sli: &Sli) -> bool {
        self.enabled && self.shared.add(sli).unwrap_or(false)
    }

    /// How each budget was spent over its period, in `points` even steps from its beginning (or that of the watching) to
    /// now, by the SLO's name.
    pub fn curves(&self, points: usize) -> Vec<(String, Curve)> {
        self.shared.curves(points)
    }

    /// Says that the service is about to stop: streams to viewers of the page end at once, and a listener of its own with
    /// them, while the judging goes on for the last requests. [`Reliability::stop`] says it too; say it yourself before a
    /// server shuts down in order, for that waits until the last answer has ended:
    ///
    /// ```
    /// # async fn asked_to_end() {}
    /// let reliability = reliability_core::Reliability::start()?;
    /// let handle = reliability.handle();
    /// let shutdown = async move {
    ///     asked_to_end().await;
    ///     handle.begin_stop(); // first the viewers
    /// };
    /// // axum::serve(listener, app).with_graceful_shutdown(shutdown).await?;
    /// # drop(shutdown);
    /// let report = reliability.stop(); // last the judge
    /// # Ok::<(), reliability_core::StartError>(())
    /// ```
    pub fn begin_stop(&self) {
        self.shared.farewell.say();
    }

    /// Whether the service is about to stop, or has.
    pub fn is_stopping(&self) -> bool {
        self.shared.farewell.is_said()
    }

    /// Ends when the service is about to stop; at once if it is already. For whatever would otherwise hold the stop up.
    pub fn stopping(&self) -> Stopping {
        self.shared.farewell.heard()
    }

    #[allow(dead_code)] // only the feature `testkit` asks
    pub(crate) fn shared(&self) -> &Shared {
        &self.shared
    }

    /// How long ago the loop ran: above a few seconds it hangs or has ended.
    pub fn loop_age(&self) -> Duration {
        self.shared.loop_age()
    }
}

/// What may be said before the start. All of it is optional.
#[derive(Default)]
pub struct Builder<'a> {
    said: Said,
    only: Option<String>,
    slis: Vec<&'a Sli>,
    sinks: Vec<Box<dyn Sink>>,
    redact: Option<Box<Redaction>>,
    stipulation: Option<Box<Stipulation>>,
    planned: Vec<Maintenance>,
    features: Vec<FeatureSpec>,
    exact: bool,
    acting: Acting,
    companion: Option<Arc<dyn Companion>>,
    pub(crate) keeper: Option<Box<OpenKeeper>>,
    /// Called once judging has begun.
    then: Vec<Box<Then>>,
    overview: Option<Box<BeginOverview>>,
}

impl fmt::Debug for Builder<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder").field("said", &self.said).field("only", &self.only).finish_non_exhaustive()
    }
}

impl<'a> Builder<'a> {
    /// The service's name; else `OTEL_SERVICE_NAME`, else `service.name` of `OTEL_RESOURCE_ATTRIBUTES`, else the binary's.
    #[must_use]
    pub fn service(mut self, name: impl Into<String>) -> Self {
        self.said.service = Some(name.into());
        self
    }

    /// Its version; else `service.version` of `OTEL_RESOURCE_ATTRIBUTES`.
    #[must_use]
    pub fn version(mut self, version: impl Into<String>) -> Self {
        self.said.version = Some(version.into());
        self
    }

    /// Where it runs; else `deployment.environment.name` of `OTEL_RESOURCE_ATTRIBUTES`.
    #[must_use]
    pub fn environment(mut self, environment: impl Into<String>) -> Self {
        self.said.environment = Some(environment.into());
        self
    }

    /// Which process of the service it is; else `service.instance.id`, else `HOSTNAME`, else the process id.
    #[must_use]
    pub fn instance(mut self, instance: impl Into<String>) -> Self {
        self.said.instance = Some(instance.into());
        self
    }

    /// Judges only SLIs whose name begins so: for a workspace whose binaries link the same crates.
    #[must_use]
    pub fn only(mut self, prefix: impl Into<String>) -> Self {
        self.only = Some(prefix.into());
        self
    }

    /// Judges an SLI that is not in the catalogue.
    #[must_use]
    pub fn sli(mut self, sli: &'a Sli) -> Self {
        self.slis.push(sli);
        self
    }

    /// Passes on events and reports, beside what is compiled in.
    #[must_use]
    pub fn sink(mut self, sink: impl Sink + 'static) -> Self {
        self.sinks.push(Box::new(sink));
        self
    }

    /// Takes the texts of errors into the report, through a function that removes what nobody should read. Without this no
    /// text is taken. Texts are cut to 160 bytes; they are left out of JSON unless it is asked for them again.
    #[must_use]
    pub fn error_texts(mut self, redact: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        self.redact = Some(Box::new(redact));
        self
    }

    /// Asks this function, on the request path, for the trace that a failure happened in; it must neither block nor panic.
    /// For tracing systems other than OpenTelemetry and `tracing`, which have features. The first one given to a process stays.
    #[must_use]
    pub fn trace_source(self, source: fn() -> Option<TraceRef>) -> Self {
        sli::set_trace_source(0, source);
        self
    }

    /// Keeps a slot for every minute of the period: exact to the minute at up to 400 KiB an SLO instead of 64.
    #[must_use]
    pub fn exact_history(mut self) -> Self {
        self.exact = true;
        self
    }

    /// Has the last word on the terms that each SLO begins with, by its name.
    ///
    /// ```
    /// use reliability_core::Reliability;
    /// use reliability_core::slo::Guard;
    /// let reliability = Reliability::builder()
    ///     .terms(|slo, terms| if slo.starts_with("nightly-") { terms.guard(Guard::new(0.05, 1)) } else { terms })
    ///     .start()?;
    /// # Ok::<(), reliability_core::StartError>(())
    /// ```
    #[must_use]
    pub fn terms(mut self, terms: impl Fn(&str, Terms) -> Terms + Send + Sync + 'static) -> Self {
        self.stipulation = Some(Box::new(terms));
        self
    }

    /// Declares planned time; see [`Maintenance`].
    #[must_use]
    pub fn maintenance(mut self, planned: Maintenance) -> Self {
        self.planned.push(planned);
        self
    }

    /// Starts judging. With `RELIABILITY=off` in the environment nothing is measured and nothing started.
    ///
    /// # Errors
    /// If documents have errors, a name is wrong or borne by two SLIs or switches, a ladder lacks a rung that an attribute names, a
    /// window names a time zone that is not known, a feature cannot be read, or the system gives no thread.
    pub fn start(self) -> Result<Reliability, StartError> {
        let enabled = sli::enabled();
        let last_word = companion::last_word(self.exact, self.stipulation);
        let stipulation = companion::stipulation(self.companion.clone(), Arc::clone(&last_word));
        let identity: Identity = self.said.resolve(|name| std::env::var(name).ok());
        let (service, version) = (identity.service.clone(), identity.version.clone());
        let who = identity.clone();
        let driver = Driver::new(identity, Reading::now(), stipulation, self.redact.is_some());
        let shared = Arc::new(Shared::new(driver, self.redact, self.only, None));
        let controls = SharedControls::default();
        let handle = Handle { shared: Arc::clone(&shared), controls: Arc::clone(&controls), enabled };
        if !enabled {
            return Ok(Reliability { handle, thread: None });
        }
        let declared = sli::catalogue();
        let wanted: Vec<&Sli> =
            declared.iter().filter(|sli| shared.wants(sli)).map(|sli| -> &Sli { sli }).chain(self.slis).collect();
        sli::check(wanted.iter().copied()).map_err(StartError::Catalogue)?;
        check_linked().map_err(StartError::Switches)?;
        let mut acting = self.acting;
        let (mut planned, mut features) = (self.planned, self.features);
        if let Some(companion) = &self.companion {
            let specs: Vec<_> = wanted.iter().map(|sli| *sli.spec()).collect();
            let Brought { policies, maintenance, features: brought } =
                companion.begin(&specs).map_err(StartError::Documents)?;
            acting.bring(policies);
            planned.extend(maintenance);
            // what the builder was given wins
            features.extend(companion::without(brought, &features));
        }
        for sli in wanted {
            shared.add(sli).map_err(StartError::Zone)?;
        }
        shared.add_announced_before().map_err(StartError::Zone)?;
        for planned in planned {
            shared.plan(planned);
        }
        shared.set_features(features).map_err(StartError::Features)?;
        let policies =
            acting.start(Arc::clone(&controls), service, version, self.keeper.is_some()).map_err(StartError::Thread)?;
        shared.respond_with(Box::new(policies));
        if let Some(open) = self.keeper {
            shared.keep_with(open().map_err(StartError::Thread)?);
        }
        if let Some(begin) = self.overview {
            shared.oversee_with(begin(&who).map_err(StartError::Thread)?);
        }
        let mut sinks = export::sinks();
        sinks.extend(self.sinks);
        let thread = LoopThread::start(shared, sinks).map_err(StartError::Thread)?;
        controls.wake(thread.waker());
        if let Some(companion) = self.companion {
            companion.follow(&handle, last_word).map_err(StartError::Thread)?;
        }
        self.then.into_iter().for_each(|then| then(&handle));
        Ok(Reliability { handle, thread: Some(thread) })
    }
}
