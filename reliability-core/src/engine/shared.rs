//! What the loop, the outgoing thread and the handles hold together. No request ever touches it.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::driver::{Before, Driver};
use super::event::{Event, EventKind};
use super::farewell::Farewell;
use super::readout::{Redaction, redact};
use super::report::{DocumentsReport, Report};
use super::response::ProviderReport;
use crate::clock::{Reading, monotonic_nanos};
use crate::sli::record::meter::Meter;
use crate::sli::record::realm::{PROCESS, Realm};
use crate::sli::{self, Sli};
use crate::slo::composite::FeatureError;
use crate::slo::{Curve, Maintenance, Promise, Terms, ZoneError};
use crate::spec::FeatureSpec;

/// Tells how a provider of flags stands.
pub(crate) type ProviderWord = Box<dyn Fn() -> ProviderReport + Send + Sync>;

/// Tells how the documents stand.
pub(crate) type DocumentsWord = Box<dyn Fn() -> DocumentsReport + Send + Sync>;

/// Tells a promise what people agreed about it.
pub(crate) type PromiseWord = Box<dyn Fn(&mut Promise) + Send + Sync>;

pub(crate) struct Shared {
    driver: Mutex<Driver>,
    redaction: Option<Box<Redaction>>,
    /// Which SLIs this engine judges: those whose name begins so.
    only: Option<String>,
    realm: Option<Arc<Realm>>,
    /// How many of the announced SLIs have been taken in.
    announced: AtomicU64,
    /// When the loop last ran, in monotonic nanoseconds.
    last_run: AtomicU64,
    pub(super) stopping: AtomicBool,
    /// Makes the loop panic at its next look. Set by the testkit alone.
    broken: AtomicBool,
    /// How long the last hand-over may take, in milliseconds.
    pub(super) flush_within: AtomicU64,
    pub(super) dropped_events: AtomicU64,
    providers: Mutex<Vec<ProviderWord>>,
    documents: Mutex<Option<(DocumentsWord, PromiseWord)>>,
    /// Says that the service is about to stop.
    pub(crate) farewell: Arc<Farewell>,
}

impl Shared {
    pub(crate) fn new(
        driver: Driver,
        redaction: Option<Box<Redaction>>,
        only: Option<String>,
        realm: Option<Arc<Realm>>,
    ) -> Self {
        Self {
            driver: Mutex::new(driver),
            redaction,
            only,
            realm,
            announced: AtomicU64::new(sli::announced(0).len() as u64),
            last_run: AtomicU64::new(monotonic_nanos()),
            stopping: AtomicBool::new(false),
            broken: AtomicBool::new(false),
            flush_within: AtomicU64::new(0),
            dropped_events: AtomicU64::new(0),
            providers: Mutex::default(),
            documents: Mutex::default(),
            farewell: Arc::default(),
        }
    }

    pub(super) fn driver(&self) -> MutexGuard<'_, Driver> {
        self.driver.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn wants(&self, sli: &Sli) -> bool {
        self.only.as_ref().is_none_or(|prefix| sli.name().starts_with(prefix.as_str()))
    }

    /// Takes in an SLI, whose counts begin now. `Ok(false)` if one of that name is there already.
    pub(crate) fn add(&self, sli: &Sli) -> Result<bool, ZoneError> {
        let meter = self.meter(sli);
        let before = Before::of(&meter);
        self.driver().add(meter, before)
    }

    fn meter(&self, sli: &Sli) -> crate::sync::Arc<Meter> {
        self.realm.as_deref().unwrap_or(&PROCESS).meter(sli)
    }

    /// Takes in what was announced before this engine began; its counts begin now.
    pub(crate) fn add_announced_before(&self) -> Result<(), ZoneError> {
        let before = self.announced.load(Ordering::Relaxed) as usize;
        let wanted = sli::announced(0).into_iter().take(before).filter(|sli| self.wants(sli));
        wanted.into_iter().try_for_each(|sli| self.add(sli).map(drop))
    }

    /// Takes in what was announced since: all that those SLIs have counted, they counted since this engine began.
    fn add_announced(&self) {
        let seen = self.announced.load(Ordering::Relaxed);
        for sli in sli::announced(seen as usize) {
            self.announced.fetch_add(1, Ordering::Relaxed);
            if self.wants(sli) {
                let meter = self.meter(sli);
                let mut driver = self.driver();
                let refused = match driver.add(meter, Before::default()) {
                    Ok(true) => continue,
                    Ok(false) => "another one has this name".to_owned(),
                    Err(error) => error.to_string(),
                };
                driver.refused(sli.name(), refused);
            }
        }
    }

    pub(crate) fn tick(&self, now: impl FnOnce() -> Reading) -> Vec<Event> {
        self.add_announced();
        let events = self.driver().tick(now);
        self.last_run.store(monotonic_nanos(), Ordering::Relaxed);
        events
    }

    pub(crate) fn glance(&self, now: impl Fn() -> Reading) -> Option<Vec<Event>> {
        let events = self.driver().glance(now);
        self.last_run.store(monotonic_nanos(), Ordering::Relaxed);
        events
    }

    /// Something happened outside the loop: remembered now, passed on with the next tick.
    #[allow(dead_code)] // only the feature `openfeature` asks
    pub(crate) fn tell(&self, kind: EventKind) {
        self.driver().tell(kind);
    }

    /// A provider of flags, asked how it stands for each report.
    #[allow(dead_code)] // only the feature `openfeature` asks
    pub(crate) fn ask_provider(&self, provider: ProviderWord) {
        self.providers.lock().unwrap_or_else(PoisonError::into_inner).push(provider);
    }

    /// The documents, asked how they stand for each report.
    #[allow(dead_code)] // only the feature `document` asks
    pub(crate) fn ask_documents(&self, documents: DocumentsWord, promise: PromiseWord) {
        *self.documents.lock().unwrap_or_else(PoisonError::into_inner) = Some((documents, promise));
    }

    /// Takes in what documents say, all of it between two looks of the loop. SLOs that are not there are left out. How many
    /// SLOs are judged by other terms now.
    ///
    /// # Errors
    /// If the features cannot be read; then nothing changes.
    #[allow(dead_code)] // only the feature `document` asks
    pub(crate) fn take_in(
        &self,
        terms: &[(String, Terms)],
        features: Vec<FeatureSpec>,
        plan: Vec<Maintenance>,
        forget: &[String],
    ) -> Result<usize, FeatureError> {
        let mut driver = self.driver();
        driver.set_features(features, &|sli| self.meter(sli))?;
        let mut changed = 0;
        for (slo, terms) in terms {
            if driver.terms(slo).is_some_and(|known| known != *terms) {
                changed += usize::from(matches!(driver.change(slo, *terms), Some(Ok(()))));
            }
        }
        for name in forget {
            driver.forget(name);
        }
        for planned in plan {
            driver.plan(planned);
        }
        Ok(changed)
    }

    /// When the responder wants the loop's next look at the latest, in monotonic time.
    pub(super) fn next_look(&self) -> Option<Duration> {
        self.driver().next_look()
    }

    /// Lets something act on what is judged.
    pub(crate) fn respond_with(&self, responder: Box<dyn super::port::Responder>) {
        self.driver().respond_with(responder);
    }

    /// Asks something how the fleet does.
    pub(crate) fn oversee_with(&self, overview: Box<dyn super::port::Overview>) {
        self.driver().oversee_with(overview, Reading::now());
    }

    /// What this process has counted, for whoever adds up a fleet.
    pub(crate) fn replica(&self) -> super::replica::Replica {
        self.driver().replica()
    }

    /// Has what must outlive the process kept.
    pub(crate) fn keep_with(&self, keeper: Box<dyn super::port::Keeper>) {
        self.driver().keep_with(keeper);
    }

    /// All that must outlive the process.
    #[allow(dead_code)] // only the feature `testkit` asks
    pub(crate) fn snapshot(&self) -> super::snapshot::Snapshot {
        self.driver().snapshot()
    }

    /// Goes on from there.
    #[allow(dead_code)] // only the feature `testkit` asks
    pub(crate) fn restore(&self, snapshot: super::snapshot::Snapshot) -> Result<(), ZoneError> {
        self.driver().restore(snapshot)
    }

    /// Has the last of it kept, and waits for that at most so long.
    pub(crate) fn end_keeping(&self, now: Reading, within: Duration) {
        let wait = self.driver().end_keeping(now);
        if let Some(wait) = wait {
            wait(within);
        }
    }

    /// Has the responder revert what it has engaged.
    #[allow(dead_code)] // only the feature `testkit` asks
    pub(crate) fn revert(&self, now: Reading) -> Vec<Event> {
        self.driver().revert(now)
    }

    /// Breaks the loop at its next look.
    #[allow(dead_code)] // only the feature `testkit` asks
    pub(crate) fn break_loop(&self) {
        self.broken.store(true, Ordering::Relaxed);
    }

    /// Runs `meanwhile` while the loop hangs.
    #[allow(dead_code)] // only the feature `testkit` asks
    pub(crate) fn hang_loop<R>(&self, meanwhile: impl FnOnce() -> R) -> R {
        let _held = self.driver();
        meanwhile()
    }

    pub(super) fn check(&self) {
        assert!(!self.broken.load(Ordering::Relaxed), "the testkit broke this loop");
    }

    pub(crate) fn loop_age(&self) -> Duration {
        Duration::from_nanos(monotonic_nanos().saturating_sub(self.last_run.load(Ordering::Relaxed)))
    }

    pub(crate) fn terms(&self, slo: &str) -> Option<Terms> {
        self.driver().terms(slo)
    }

    /// What is judged, each SLO by the terms that it is judged by now.
    #[allow(dead_code)] // only the feature `generate` asks
    pub(crate) fn promises(&self) -> Vec<Promise> {
        let mut promises = self.driver().promises();
        if let Some((_, tell)) = &*self.documents.lock().unwrap_or_else(PoisonError::into_inner) {
            promises.iter_mut().for_each(tell);
        }
        promises
    }

    pub(crate) fn change(&self, slo: &str, terms: impl FnOnce(Terms) -> Terms) -> Result<(), ChangeError> {
        let Some(known) = self.terms(slo) else {
            return Err(ChangeError::UnknownSlo { name: slo.to_owned(), known: self.driver().slo_names() });
        };
        // foreign code: it may ask for a report
        let terms = terms(known);
        self.driver().change(slo, terms).unwrap_or(Ok(())).map_err(ChangeError::Zone)
    }

    /// Judges these features from now on, and no others.
    pub(crate) fn set_features(&self, specs: Vec<FeatureSpec>) -> Result<(), FeatureError> {
        self.driver().set_features(specs, &|sli| self.meter(sli))
    }

    /// The features as they were declared.
    pub(crate) fn features(&self) -> Vec<FeatureSpec> {
        self.driver().features()
    }

    pub(crate) fn plan(&self, planned: Maintenance) {
        self.driver().plan(planned);
    }

    pub(crate) fn curves(&self, points: usize) -> Vec<(String, Curve)> {
        self.driver().curves(points)
    }

    pub(crate) fn report(&self) -> Report {
        let mut report = self.driver().report(self.loop_age(), self.dropped_events.load(Ordering::Relaxed));
        let providers = self.providers.lock().unwrap_or_else(PoisonError::into_inner);
        report.response.providers = providers.iter().map(|word| word()).collect();
        drop(providers);
        let documents = self.documents.lock().unwrap_or_else(PoisonError::into_inner);
        report.documents = documents.as_ref().map(|(word, _)| word());
        drop(documents);
        redact(&mut report, self.redaction.as_deref());
        report
    }
}

/// Why the terms of an SLO stay as they are.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ChangeError {
    /// There is no SLO of this name.
    UnknownSlo {
        /// The name asked for.
        name: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// The new window names a time zone that is not known.
    Zone(ZoneError),
}

impl fmt::Display for ChangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownSlo { name, known } => {
                write!(f, "there is no SLO {name:?}; there are: {}", known.join(", "))
            }
            Self::Zone(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for ChangeError {}
