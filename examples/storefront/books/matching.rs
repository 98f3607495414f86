//! Request by request: what a visitor saw against what became of the request.

use std::collections::BTreeMap;
use std::sync::Arc;

use reliability_core::Report;

use super::clients::{Books, Line, Seen};
use super::customers::Customers;
use super::ledger::{Entry, Fate, Ledger};
use super::tally::{Sum, Tally};
use crate::shop::{PAYMENTS, RECOMMENDER};
use crate::world::incident::Incident;
use crate::world::traffic::VISIT;

/// How many differences are told one by one.
const TOLD: usize = 20;

/// The comparison, as far as it has come.
pub(crate) struct Matching {
    incident: Incident,
    pub(crate) pages: BTreeMap<String, Tally>,
    /// What visitors got, by page: of the whole run, and of those who came while the fault was there.
    pub(crate) customers: BTreeMap<&'static str, Customers>,
    pub(crate) customers_in_the_incident: BTreeMap<&'static str, Customers>,
    /// Counts in which books and library differ.
    pub(crate) sums: Vec<Sum>,
    /// Requests about which clients and ledger differ.
    pub(crate) differences: Vec<String>,
    /// Differences that are not told one by one.
    pub(crate) more: usize,
    /// Visits still open when the run ended: no difference, but listed.
    pub(crate) in_flight: Vec<String>,
}

impl Matching {
    pub(crate) fn new(incident: Incident) -> Self {
        Self {
            incident,
            pages: BTreeMap::new(),
            customers: BTreeMap::new(),
            customers_in_the_incident: BTreeMap::new(),
            sums: Vec::new(),
            differences: Vec::new(),
            more: 0,
            in_flight: Vec::new(),
        }
    }

    /// Matches and strikes off what has ended; at the `end`, everything.
    pub(crate) fn settle(&mut self, books: &Books, ledger: &Ledger, end: bool) {
        let lines = &mut books.open().lines;
        let entries = &mut ledger.open().entries;
        lines.retain(|id, line| {
            let entry = entries.get(id);
            let ended = entry.is_some_and(|entry| entry.fate != Fate::Open) && line.seen != Seen::Waiting;
            if ended || end {
                self.visit(id, line, entry);
                entries.remove(id);
            }
            !(ended || end)
        });
        entries.retain(|id, entry| {
            let ours = lines.contains_key(id);
            let ended = !ours && (entry.fate != Fate::Open || end);
            if ended {
                self.stranger(id, entry);
            }
            !ended
        });
    }

    fn visit(&mut self, id: &Arc<str>, line: &Line, entry: Option<&Entry>) {
        let tally = self.pages.entry(line.page.to_owned()).or_default();
        tally.clients.sent += 1;
        self.customers.entry(line.page).or_default().add(&line.seen);
        if self.incident.kind.is_some() && self.incident.spans(line.sent) {
            self.customers_in_the_incident.entry(line.page).or_default().add(&line.seen);
        }
        if let Some(entry) = entry {
            tally.fates.add(entry);
        }
        let fate = entry.map(|entry| entry.fate);
        let fits = entry.is_none_or(|entry| entry.page == line.page)
            && match (&line.seen, fate) {
                (Seen::Answer(got), fate) => {
                    *tally.clients.answers.entry(got.status.as_u16()).or_default() += 1;
                    fate == Some(Fate::Answered(got.status))
                }
                (Seen::HungUp | Seen::GaveUp, fate) => {
                    tally.clients.hung_up += 1;
                    match fate {
                        None => tally.hang_ups.never_received += 1,
                        Some(_) if !entry.is_some_and(Entry::has_begun) => tally.hang_ups.not_begun += 1,
                        Some(Fate::Answered(_)) => tally.hang_ups.finished += 1,
                        Some(_) => tally.hang_ups.cancelled += 1,
                    }
                    matches!(fate, None | Some(Fate::Answered(_) | Fate::Dropped))
                }
                (Seen::Broken(_), fate) => {
                    tally.clients.not_connected += 1;
                    matches!(fate, None | Some(Fate::Panicked))
                }
                (Seen::CutOff | Seen::Waiting, _) => {
                    tally.clients.in_flight_at_end += 1;
                    self.in_flight.push(format!("{id} ({}): {}", line.page, described(entry)));
                    true
                }
            };
        if !fits {
            self.differs(format!(
                "{id} ({}): the visitor {}, but it was {}",
                line.page,
                saw(&line.seen),
                described(entry)
            ));
        }
    }

    /// A request that no visitor of ours sent, or that one of them sent twice.
    fn stranger(&mut self, id: &str, entry: &Entry) {
        let tally = self.pages.entry(entry.page.clone()).or_default();
        tally.fates.add(entry);
        tally.fates.from_elsewhere += 1;
        if id.starts_with(VISIT) {
            self.differs(format!("{id} ({}): received, but in nobody's books", entry.page));
        }
    }

    /// Page by page: the sums against the library's counts.
    pub(crate) fn compare(&mut self, report: &Report) {
        // what the shop measures of its own calls out is nobody's page
        for sli in report.slis.iter().filter(|sli| ![PAYMENTS, RECOMMENDER].contains(&sli.spec.name)) {
            let page = sli.spec.name;
            self.sums.extend(self.pages.entry(page.to_owned()).or_default().fates.differences(page, sli));
        }
        let unknown: Vec<_> = self.pages.keys().filter(|page| report.sli(page).is_none()).cloned().collect();
        for page in unknown {
            self.differs(format!("{page}: the library has no SLI of this name"));
        }
    }

    fn differs(&mut self, difference: String) {
        if self.differences.len() < TOLD {
            self.differences.push(difference);
        } else {
            self.more += 1;
        }
    }

    pub(crate) fn agrees(&self) -> bool {
        self.differences.is_empty() && self.sums.is_empty()
    }
}

fn saw(seen: &Seen) -> String {
    match seen {
        Seen::Answer(got) => format!("was answered {}", got.status),
        Seen::HungUp => "hung up".to_owned(),
        Seen::GaveUp => "waited in vain".to_owned(),
        Seen::Broken(why) => format!("lost the connection ({why})"),
        Seen::Waiting | Seen::CutOff => "was still waiting".to_owned(),
    }
}

fn described(entry: Option<&Entry>) -> String {
    let Some(entry) = entry else { return "never received".to_owned() };
    let begun = if entry.has_begun() { "" } else { " before its handler began" };
    match entry.fate {
        Fate::Open => format!("still open{begun}"),
        Fate::Answered(status) => format!("answered {status}{begun}"),
        Fate::Dropped => format!("dropped{begun}"),
        Fate::Panicked => "ended by a panic".to_owned(),
    }
}
