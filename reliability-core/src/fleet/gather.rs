//! Reads replicas from where they answer, one after the other.

use std::time::Duration;

use ureq::Agent;

use super::merge::FleetView;
use super::wire;
use crate::engine::replica::Replica;

impl FleetView {
    /// Asks each of these URLs (`http://10.0.0.7:8080/reliability/replica`) for its replica and takes in what it says; gives for each
    /// that could not be taken in why. It blocks, for at most `timeout` each. Redirects are not followed.
    ///
    /// ```no_run
    /// use reliability_core::fleet::FleetView;
    /// use std::time::Duration;
    /// let mut fleet = FleetView::of("shop", None);
    /// for (url, why) in fleet.read(["http://10.0.0.7:8080/reliability/replica"], Duration::from_secs(2)) {
    ///     eprintln!("{url}: {why}");
    /// }
    /// ```
    pub fn read<U: AsRef<str>>(
        &mut self,
        urls: impl IntoIterator<Item = U>,
        timeout: Duration,
    ) -> Vec<(String, String)> {
        let agent =
            Agent::config_builder().http_status_as_error(true).max_redirects(0).timeout_global(Some(timeout)).build();
        let agent = agent.new_agent();
        let mut failed = Vec::new();
        for url in urls {
            let url = url.as_ref();
            let read = || {
                let mut answer = agent.get(url).call().map_err(|error| error.to_string())?;
                let body = answer.body_mut().with_config().limit(wire::LIMIT).read_to_vec();
                Replica::from_json(&body.map_err(|error| error.to_string())?).map_err(|error| error.to_string())
            };
            let taken = read().and_then(|replica| self.add(replica).map_err(|error| error.to_string()));
            failed.extend(taken.err().map(|why| (url.to_owned(), why)));
        }
        failed
    }
}
