//! Who follows the files: what is in force, and how it is swapped.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use super::files::read_files;
use super::policies;
use crate::Handle;
use crate::clock::Reading;
use crate::document::{Bound, Documents, Seen, Source};
use crate::engine::event::EventKind;
use crate::engine::report::DocumentsReport;
use crate::reliability::companion::{Brought, Companion, LastWord, without};
use crate::slo::Terms;
use crate::spec::{FeatureSpec, Finding, Level, SliSpec};

const EVERY: Duration = Duration::from_secs(1);

/// Follows the documents of one path.
pub(super) struct Follower {
    path: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// What the files said when they were last taken in or refused.
    seen: Option<Vec<Source>>,
    slis: Vec<SliSpec>,
    /// What each SLO declares in the code, as it was taken in.
    declared: BTreeMap<String, Terms>,
    documents: Documents,
    bound: Bound,
    /// What the builder was given: it wins over what documents say.
    own_features: Vec<FeatureSpec>,
    report: DocumentsReport,
}

impl Follower {
    pub(super) fn new(path: PathBuf) -> Self {
        let report = DocumentsReport { source: path.display().to_string(), ..DocumentsReport::default() };
        Self { path, state: Mutex::new(State { report, ..State::default() }) }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads and checks everything.
    fn load(sources: &[Source], slis: &[SliSpec], history: &[Seen]) -> Result<Loaded, Vec<Finding>> {
        let (documents, mut findings) = Documents::read(sources.iter().cloned());
        // documents with errors are left out, so what is bound without them would be wrong about more
        let mut bound = Bound::default();
        let mut policies = Vec::new();
        if !findings.iter().any(Finding::is_error) {
            (bound, _) = documents.bind(slis);
            // it binds too, and tells what that found
            findings.extend(documents.lint(slis, Reading::now().wall, history));
            let (theirs, more) = policies::build(&documents, &bound);
            findings.extend(more);
            policies = theirs;
        }
        if findings.iter().any(Finding::is_error) {
            return Err(findings);
        }
        Ok(Loaded { documents, bound, policies, warnings: findings.iter().map(place).collect() })
    }

    /// A look at the files. `before` is what they said a look ago.
    fn look(&self, before: &mut Option<Vec<Source>>, handle: &Handle, last: &LastWord) {
        let sources = match read_files(&self.path) {
            Ok(sources) => sources,
            Err(error) => vec![Source::new(String::new(), error.to_string())],
        };
        let settled = before.as_ref().is_some_and(|before| same(before, &sources));
        let known = self.state().seen.as_ref().is_some_and(|seen| same(seen, &sources));
        *before = Some(sources);
        let (true, false, Some(sources)) = (settled, known, before.as_ref()) else { return };
        self.state().seen = Some(sources.clone());
        let slis = self.state().slis.clone();
        let loaded = match sources.as_slice() {
            [broken] if broken.file.is_empty() => Err(vec![unreadable(&self.path.display().to_string(), &broken.text)]),
            sources => Self::load(sources, &slis, &history(handle)),
        };
        match loaded {
            Ok(loaded) => self.swap(loaded, handle, last),
            Err(findings) => self.refuse(&findings, handle),
        }
    }

    /// Puts everything into force between two looks of the loop.
    fn swap(&self, loaded: Loaded, handle: &Handle, last: &LastWord) {
        let mut state = self.state();
        let declared: Vec<_> = state.declared.iter().map(|(slo, terms)| (slo.clone(), *terms)).collect();
        let gone: Vec<_> = state
            .bound
            .maintenance
            .iter()
            .map(|planned| planned.name.clone())
            .filter(|name| loaded.bound.maintenance.iter().all(|planned| planned.name != *name))
            .collect();
        let mut features = state.own_features.clone();
        features.extend(without(loaded.bound.features.clone(), &features));
        // an SLO that comes now begins with the new terms; the engine asks this state while its own lock is held, never the
        // other way round
        let before = (
            std::mem::replace(&mut state.documents, loaded.documents),
            std::mem::replace(&mut state.bound, loaded.bound),
        );
        let (plan, documents) = (state.bound.maintenance.clone(), state.documents.len());
        let ours =
            |slo: &str, declared: Terms| state.bound.overlay(slo).map_or(declared, |overlay| overlay.apply(declared));
        let ours: Vec<_> = declared.into_iter().map(|(slo, declared)| (ours(&slo, declared), slo)).collect();
        drop(state);
        // foreign code: the builder's last word
        let terms: Vec<_> = ours.into_iter().map(|(terms, slo)| (slo.clone(), last(&slo, terms))).collect();
        let taken = handle.shared().take_in(&terms, features, plan, &gone);
        let mut state = self.state();
        let changed = match taken {
            Ok(changed) => changed,
            Err(error) => {
                (state.documents, state.bound) = before;
                drop(state);
                return self.refuse(&[unreadable(&self.path.display().to_string(), &error.to_string())], handle);
            }
        };
        let later = later(&before.0, &state.documents);
        let warnings = loaded.warnings.len();
        state.report.documents = documents;
        state.report.loaded += 1;
        state.report.warnings = loaded.warnings;
        state.report.refused.clear();
        if later.is_some() {
            state.report.later.clone_from(&later);
        }
        let source = state.report.source.clone();
        drop(state);
        handle.shared().tell(EventKind::DocumentsLoaded { source, documents, changed, warnings, later });
    }

    fn refuse(&self, findings: &[Finding], handle: &Handle) {
        let errors: Vec<_> = findings.iter().filter(|finding| finding.is_error()).map(place).collect();
        let mut state = self.state();
        let source = state.report.source.clone();
        state.report.refused.clone_from(&errors);
        drop(state);
        let first = errors.first().cloned().unwrap_or_default();
        handle.shared().tell(EventKind::DocumentsRefused { source, errors: errors.len(), first });
    }
}

struct Loaded {
    documents: Documents,
    bound: Bound,
    policies: Vec<crate::compensate::Policy>,
    warnings: Vec<String>,
}

impl Companion for Follower {
    fn begin(&self, slis: &[SliSpec]) -> Result<Brought, Vec<Finding>> {
        let source = self.path.display().to_string();
        let sources = read_files(&self.path).map_err(|error| vec![unreadable(&source, &error.to_string())])?;
        let loaded = Self::load(&sources, slis, &[])?;
        let mut state = self.state();
        state.seen = Some(sources);
        state.slis = slis.to_vec();
        state.report.documents = loaded.documents.len();
        state.report.loaded = 1;
        state.report.warnings = loaded.warnings;
        let maintenance = loaded.bound.maintenance.clone();
        (state.documents, state.bound) = (loaded.documents, loaded.bound);
        let features = state.bound.features.clone();
        Ok(Brought { policies: loaded.policies, maintenance, features })
    }

    fn terms(&self, slo: &str, declared: Terms) -> Terms {
        let mut state = self.state();
        state.declared.insert(slo.to_owned(), declared);
        state.bound.overlay(slo).map_or(declared, |overlay| overlay.apply(declared))
    }

    fn follow(self: Arc<Self>, handle: &Handle, last: Arc<LastWord>) -> std::io::Result<()> {
        let ours = Arc::clone(&self);
        let theirs = Arc::clone(&self);
        handle.shared().ask_documents(
            Box::new(move || ours.state().report.clone()),
            Box::new(move |promise| {
                if let Some(overlay) = theirs.state().bound.overlay(&promise.slo) {
                    overlay.tell_words(promise);
                }
            }),
        );
        let features = handle.shared().features();
        let mut state = self.state();
        state.own_features = features.into_iter().filter(|feature| !state.bound.features.contains(feature)).collect();
        let (source, documents, warnings) =
            (state.report.source.clone(), state.report.documents, state.report.warnings.len());
        let changed = state.bound.overlays.iter().filter(|overlay| state.declared.contains_key(&overlay.slo)).count();
        drop(state);
        handle.shared().tell(EventKind::DocumentsLoaded { source, documents, changed, warnings, later: None });
        let handle = handle.clone();
        thread::Builder::new().name("reliability-docs".into()).spawn(move || {
            let mut before = None;
            while !handle.is_stopping() {
                thread::sleep(EVERY);
                // the reader does not panic; if it does all the same, what is in force stays
                let look = catch_unwind(AssertUnwindSafe(|| self.look(&mut before, &handle, &*last)));
                if look.is_err() {
                    self.refuse(
                        &[unreadable(&self.path.display().to_string(), "the reader of documents failed")],
                        &handle,
                    );
                }
            }
        })?;
        Ok(())
    }
}

/// How each SLO went so far.
fn history(handle: &Handle) -> Vec<Seen> {
    let report = handle.report();
    let slos = report.slis.iter().flat_map(|sli| &sli.slos);
    slos.map(|slo| Seen::new(&slo.name, slo.good + slo.bad, slo.bad, slo.coverage)).collect()
}

fn same(one: &[Source], other: &[Source]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(a, b)| a.file == b.file && a.text == b.text)
}

/// What cannot be swapped while the service runs, if it has changed.
fn later(before: &Documents, now: &Documents) -> Option<String> {
    let policies = |documents: &Documents| -> Vec<_> {
        documents.policies().map(|(document, policy)| (document.name().to_owned(), policy.clone())).collect()
    };
    (policies(before) != policies(now)).then(|| "policies".to_owned())
}

/// A finding in a line.
fn place(finding: &Finding) -> String {
    format!("{}:{}:{}: {} [{}]", finding.file, finding.line, finding.column, finding.message, finding.code)
}

fn unreadable(file: &str, message: &str) -> Finding {
    Finding::whole("unreadable", Level::Error, file, message)
}
