//! Files for the engines that are there already, written from what the process judges by.
//!
//! One definition, one decision: rules, routes, dashboards and the catalogue are pure functions of [`Promise`]s, so they have
//! golden files, and what a Prometheus decides by them is what the process decides (`tests/identity`). Nothing here asks a
//! clock, a network or the counts; only [`Export::write_to`] touches the disk.
//!
//! Rules are YAML for programs that people read too, so expressions are laid out in lines and stand in block scalars; a library
//! writes it (`serde-saphyr`).
//!
//! Layer 6: imports engine (identity, reports), slo, spec.

pub(crate) mod alertmanager;
pub(crate) mod catalogue;
pub(crate) mod grafana;
pub(crate) mod prometheus;

use std::io;
use std::path::{Path, PathBuf};

use crate::engine::identity::Identity;
use crate::engine::report::Report;
use crate::engine::response::PolicyReport;
use crate::slo::Promise;
use crate::spec::FeatureSpec;

/// What a service promises, ready to be written for other engines.
///
/// ```
/// use reliability_core::{Objective, Reliability, Sli};
/// let till = Sli::named("till")?.declare(|spec| spec.objective(Objective::parse("99.9%").unwrap()));
/// let reliability = Reliability::builder().service("shop").sli(&till).start()?;
///
/// let export = reliability.export();
/// assert!(export.prometheus().contains("slo: till-availability"));
/// let folder = std::env::temp_dir().join(format!("reliability-export-{}", std::process::id()));
/// let written = export.write_to(&folder)?;
/// assert!(written.contains(&folder.join("prometheus/shop.rules.yml")));
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Export {
    pub(super) service: Identity,
    pub(super) promises: Vec<Promise>,
    pub(super) features: Vec<FeatureSpec>,
    pub(super) policies: Vec<PolicyReport>,
    /// What selects the series of this service, beside the names.
    pub(super) matchers: Vec<(String, String)>,
}

impl Export {
    /// What an engine judges, and who it is.
    pub(crate) fn new(report: &Report, promises: Vec<Promise>) -> Self {
        let service = report.service.clone();
        let mut matchers = vec![("service".to_owned(), service.service.clone())];
        matchers.extend(service.environment.clone().map(|environment| ("environment".to_owned(), environment)));
        Self { service, promises, features: Vec::new(), policies: report.response.policies.clone(), matchers }
    }

    /// The promises, by SLI.
    pub fn promises(&self) -> &[Promise] {
        &self.promises
    }

    /// The same to be changed: what people agreed about an SLO is known to others than the engine.
    pub fn promises_mut(&mut self) -> &mut [Promise] {
        &mut self.promises
    }

    /// The same with a feature made of several SLOs. One of its name that is there already is replaced.
    #[must_use]
    pub fn feature(mut self, feature: FeatureSpec) -> Self {
        self.features.retain(|known| known.name != feature.name);
        self.features.push(feature);
        self
    }

    /// Selects the service's series by this label instead of `service` (and `environment`): where they come over OTLP, the service
    /// is no label of theirs, but `job` is.
    ///
    /// The label must hold letters, digits and underscores only; otherwise nothing changes.
    #[must_use]
    pub fn selected_by(mut self, label: &str, value: &str) -> Self {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        if !label.is_empty() && label.chars().all(is_name) && !label.starts_with(|c: char| c.is_ascii_digit()) {
            self.matchers = vec![(label.to_owned(), value.to_owned())];
        }
        self
    }

    /// Recording and alert rules for Prometheus 2 and 3, as a rule file.
    pub fn prometheus(&self) -> String {
        prometheus::rules(self)
    }

    /// A route with inhibitions for Alertmanager, to be merged into the configuration that is there.
    pub fn alertmanager(&self) -> String {
        alertmanager::config(self)
    }

    /// Dashboards for Grafana, each by the name of its file: one of the service, and one of each feature.
    pub fn grafana(&self) -> Vec<(String, String)> {
        grafana::dashboards(self)
    }

    /// Everything that is promised, in Markdown.
    pub fn catalogue(&self) -> String {
        catalogue::markdown(self)
    }

    /// Every file, by its path within a folder.
    pub fn files(&self) -> Vec<(PathBuf, String)> {
        let service = file_name(&self.service.service);
        let mut files = vec![
            (PathBuf::from(format!("prometheus/{service}.rules.yml")), self.prometheus()),
            (PathBuf::from(format!("alertmanager/{service}.yml")), self.alertmanager()),
            (PathBuf::from("catalogue.md"), self.catalogue()),
        ];
        let dashboards = self.grafana().into_iter();
        files.extend(dashboards.map(|(name, text)| (PathBuf::from(format!("grafana/{name}.json")), text)));
        files
    }

    /// Writes every file below a folder, which is made if it is missing; gives their paths. Files of the same name are replaced,
    /// each at once: a reader sees the old one or the new one.
    ///
    /// # Errors
    /// If a folder cannot be made or a file not be written; files before it are written then.
    pub fn write_to(&self, folder: impl AsRef<Path>) -> io::Result<Vec<PathBuf>> {
        let mut written = Vec::new();
        for (path, text) in self.files() {
            let path = folder.as_ref().join(path);
            if let Some(parent) = path.parent() {
                std::fs::create_dir_all(parent)?;
            }
            let mut half = path.clone().into_os_string();
            half.push(".part");
            std::fs::write(&half, text)?;
            std::fs::rename(&half, &path)?;
            written.push(path);
        }
        Ok(written)
    }
}

/// A service's name as a file's: whatever could lead elsewhere becomes a hyphen.
fn file_name(name: &str) -> String {
    let name: String =
        name.chars().map(|c| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.') { c } else { '-' }).collect();
    let name = name.trim_start_matches('.');
    if name.is_empty() { "service".into() } else { name.into() }
}
