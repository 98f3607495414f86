//! The front door's part that writes files for other engines.

use crate::export::generate::Export;
use crate::reliability::{Handle, Reliability};

impl Reliability {
    /// What this service promises, to be written for other engines: rules for Prometheus, routes for Alertmanager, dashboards
    /// for Grafana, a catalogue for people. See [`Export`].
    pub fn export(&self) -> Export {
        self.handle().export()
    }
}

impl Handle {
    /// See [`Reliability::export`].
    pub fn export(&self) -> Export {
        Export::new(&self.report(), self.shared().promises())
    }
}
