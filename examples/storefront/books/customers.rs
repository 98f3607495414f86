//! What people got who waited for an answer: the figures that compensation is for.
//!
//! *Failed* is who did not get what was asked for within the deadline, whatever the shop thinks of it: an error, no answer
//! in time, a lost connection, a polite refusal. *Degraded* is who got something else in time; what it was stands beside
//! it. Those who left by whim waited for nothing, and those who still waited when the run ended are nobody's failure.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use serde::Serialize;

use super::clients::Seen;

/// The customers of a page.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Customers {
    /// Who waited for an answer: got + degraded + failed + declined + mistaken.
    pub(crate) asked: u64,
    pub(crate) got: u64,
    /// By what was served instead.
    pub(crate) degraded: BTreeMap<&'static str, u64>,
    /// Who did not get it: the three below, those whom an error was shown, and those whose connection broke.
    pub(crate) failed: u64,
    /// Of the failed: refused at the door.
    pub(crate) shed: u64,
    /// Of the failed: not answered within the deadline.
    pub(crate) too_late: u64,
    /// The bank did not accept the card.
    pub(crate) declined: u64,
    /// What was asked made no sense.
    pub(crate) mistaken: u64,
    /// Hung up by whim.
    pub(crate) left: u64,
}

/// How the shop refuses at the door; its services' failures have other codes.
pub(crate) const REFUSAL: StatusCode = StatusCode::SERVICE_UNAVAILABLE;

impl Customers {
    pub(crate) fn add(&mut self, seen: &Seen) {
        match seen {
            Seen::HungUp => self.left += 1,
            Seen::Waiting | Seen::CutOff => {}
            _ => self.asked += 1,
        }
        match seen {
            Seen::HungUp | Seen::Waiting | Seen::CutOff => {}
            Seen::Answer(got) => match (got.status, got.instead) {
                (StatusCode::PAYMENT_REQUIRED, _) => self.declined += 1,
                (status, _) if status.is_client_error() => self.mistaken += 1,
                (status, _) if status.is_server_error() => {
                    self.failed += 1;
                    self.shed += u64::from(status == REFUSAL);
                }
                (_, Some(instead)) => *self.degraded.entry(instead.name()).or_default() += 1,
                (_, None) => self.got += 1,
            },
            Seen::GaveUp => {
                self.failed += 1;
                self.too_late += 1;
            }
            Seen::Broken(_) => self.failed += 1,
        }
    }
}

/// All pages together.
pub(crate) fn sum(pages: &BTreeMap<&'static str, Customers>) -> Customers {
    pages.values().fold(Customers::default(), |mut all, page| {
        all.asked += page.asked;
        all.got += page.got;
        for (what, count) in &page.degraded {
            *all.degraded.entry(what).or_default() += count;
        }
        all.failed += page.failed;
        all.shed += page.shed;
        all.too_late += page.too_late;
        all.declined += page.declined;
        all.mistaken += page.mistaken;
        all.left += page.left;
        all
    })
}
