//! SLOs: terms, words, and composites.

use super::indicator::{Found, place};
use super::{Became, Binding, Overlay, list};
use crate::document::kinds::Document;
use crate::document::kinds::openslo::{Budgeting, Goal, SliceLength, SloSpec, TimeWindow};
use crate::document::node::{At, Node};
use crate::document::{read, texts};
use crate::slo::{About, SloKind};
use crate::spec::{
    CalendarUnit, FeatureSpec, Method, Objective, PartSpec, Reading, Slice, SliceTarget, Window, Zone, format_duration,
};

impl<'a> Binding<'a> {
    pub(super) fn slo(&mut self, document: &'a Document, slo: &'a SloSpec) {
        let composite = slo.objectives.iter().any(|goal| goal.indicator.is_some() || goal.indicator_ref.is_some());
        let window = match slo.time_window.as_deref() {
            Some([window]) => match self.window(document, window) {
                None => return,
                window => window,
            },
            _ => None,
        };
        if composite {
            return self.composite(document, slo, window);
        }
        let (inline, reference) = (slo.indicator.as_ref(), slo.indicator_ref.as_ref());
        for (i, goal) in slo.objectives.iter().enumerate() {
            let Some(found) = self.indicator(document, inline, reference, goal, &[]) else { continue };
            if i > 0 && found.kind == SloKind::Availability {
                let message = "a second objective for one indicator: the code judges one, so say it in an SLO of its own indicator";
                let at = read::place(document, &["spec", "objectives"]);
                self.desk(document).error("bound-twice", at, "spec.objectives", message);
                continue;
            }
            if let Some(name) = self.overlay(document, slo, goal, i, window, &found) {
                self.became.insert(document.name(), Became::Slo(name));
            }
        }
    }

    fn composite(&mut self, document: &'a Document, slo: &'a SloSpec, window: Option<Window>) {
        let reading = match slo.budgeting_method {
            Budgeting::Occurrences => Reading::WeightedBurns,
            Budgeting::Timeslices => Reading::AnyBadSlice,
            Budgeting::RatioTimeslices => Reading::RatioSlices,
        };
        let mut feature = FeatureSpec::new(document.name(), reading).window(window.unwrap_or_default());
        feature.title.clone_from(&document.metadata.display_name);
        // weights are whole numbers: of decimals the least common thousandth
        let whole = slo.objectives.iter().all(|goal| goal.composite_weight.unwrap_or(1.0).fract() == 0.0);
        let scale = if whole { 1.0 } else { 1_000.0 };
        for (i, goal) in slo.objectives.iter().enumerate() {
            let keys = ["objectives"];
            let found = self.indicator(document, goal.indicator.as_ref(), goal.indicator_ref.as_ref(), goal, &keys);
            let Some(found) = found else { continue };
            if let Some(name) = self.overlay(document, slo, goal, i, window, &found) {
                let weight = (goal.composite_weight.unwrap_or(1.0) * scale).round().clamp(1.0, 1e9) as u32;
                feature = feature.part(PartSpec::slo(name).weight(weight));
            }
        }
        self.became.insert(document.name(), Became::Feature(feature.name.clone()));
        self.bound.features.push(feature);
    }

    /// What an objective says about an SLO of the engine, whose name is returned.
    fn overlay(
        &mut self,
        document: &'a Document,
        slo: &SloSpec,
        goal: &Goal,
        i: usize,
        window: Option<Window>,
        found: &Found,
    ) -> Option<String> {
        let name = found.kind.slo_name(&found.sli);
        let at = goal_place(document, i, "indicatorRef").unwrap_or_else(|| place(document, &[]));
        match self.spec(&found.sli) {
            None => self.unknown_sli(document, at, "spec", &found.sli),
            Some(_) if self.promises.iter().any(|promise| promise.slo == name) => {}
            Some(spec) => {
                let thresholds: Vec<_> = spec.latencies().map(|latency| format_duration(latency.threshold())).collect();
                let (message, accepted) = match found.kind {
                    SloKind::Latency(threshold) => (
                        format!(
                            "{} counts no threshold of {}: thresholds are fixed in code",
                            found.sli,
                            format_duration(threshold)
                        ),
                        list(&thresholds),
                    ),
                    SloKind::Availability => (
                        format!("{} has no objective in the code that a document could override", found.sli),
                        "an SLI with an objective, as #[sli(objective = \"99.9%\")]".to_owned(),
                    ),
                };
                self.desk(document).error("not-counted", at, "spec", message).accepted(accepted);
                return None;
            }
        }
        let objective = self.objective(document, goal, i)?;
        let method = self.method(document, slo.budgeting_method, goal, i)?;
        if let Some(other) = self.bound.overlays.iter().find(|overlay| overlay.slo == name) {
            if (other.objective, other.method, other.window) == (objective, method, window) {
                // a composite names what another document has promised in the same words
                return Some(name);
            }
            let message = format!("{name} has another objective already, from {}", other.document);
            self.desk(document).error("bound-twice", at, "spec", message);
            return None;
        }
        let about = about(document, slo);
        let document = document.name().to_owned();
        self.bound.overlays.push(Overlay {
            slo: name.clone(),
            sli: found.sli.clone(),
            document,
            objective,
            window,
            method,
            about,
        });
        Some(name)
    }

    fn objective(&mut self, document: &Document, goal: &Goal, i: usize) -> Option<Objective> {
        let ppb = match (goal.target, goal.target_percent) {
            (Some(target), _) => texts::parts_per_billion(target, 9),
            (_, Some(percent)) => texts::parts_per_billion(percent, 7),
            (None, None) => None,
        };
        let objective = ppb.and_then(Objective::from_ppb);
        if objective.is_none() {
            let key = if goal.target.is_some() { "target" } else { "targetPercent" };
            let at = goal_place(document, i, key).unwrap_or_else(|| read::place(document, &["spec", "objectives"]));
            let message = "an objective of 0 promises nothing and cannot be judged";
            self.desk(document).error("not-judged", at, "spec.objectives", message);
        }
        objective
    }

    fn method(&mut self, document: &Document, method: Budgeting, goal: &Goal, i: usize) -> Option<Method> {
        if method == Budgeting::Occurrences {
            return Some(Method::Occurrences);
        }
        let minutes = match goal.time_slice_window.as_ref() {
            Some(SliceLength::Minutes(minutes)) => u64::from(*minutes),
            Some(SliceLength::Shorthand(text)) => texts::shorthand(text.as_str()).map_or(0, texts::minutes),
            None => 0,
        };
        let Some(slice) = u32::try_from(minutes).ok().and_then(Slice::of_minutes) else {
            let at = goal_place(document, i, "timeSliceWindow").unwrap_or_default();
            let message = "slices of 1 minute to 1 day can be judged";
            self.desk(document).error("not-judged", at, "spec.objectives", message).accepted("1m to 1440m");
            return None;
        };
        if method == Budgeting::RatioTimeslices {
            return Some(Method::RatioTimeslices { slice });
        }
        let target = goal.time_slice_target.and_then(|target| texts::parts_per_billion(target, 9));
        let Some(target) = target.and_then(SliceTarget::from_ppb) else {
            let at = goal_place(document, i, "timeSliceTarget").unwrap_or_default();
            let message = "a slice target above 0 up to 1 with at most nine decimals can be judged";
            self.desk(document).error("not-judged", at, "spec.objectives", message);
            return None;
        };
        Some(Method::Timeslices { slice, target })
    }

    /// The engine's window, or nothing after an error was told.
    fn window(&mut self, document: &Document, window: &TimeWindow) -> Option<Window> {
        let windows = document.node.at(&["spec", "timeWindow"]);
        let node = windows.and_then(|windows| windows.items().first()).map(|item| &item.node);
        let at =
            |key: &str| node.and_then(|node| node.get(key).or(Some(node))).map_or_else(At::default, |node| node.at);
        let (number, unit) = texts::shorthand(window.duration.as_str())?;
        let Some(calendar) = &window.calendar else {
            let minutes = texts::minutes((number, unit));
            let days = u32::try_from(minutes / 1_440).ok().filter(|_| minutes.is_multiple_of(1_440));
            let judged = days.and_then(Window::rolling_days);
            if judged.is_none() {
                let message = "this window cannot be judged: history is kept for 90 days";
                let made =
                    self.desk(document).error("not-judged", at("duration"), "spec.timeWindow[0].duration", message);
                made.found(window.duration.as_str()).accepted("whole days, 1d to 90d");
            }
            return judged;
        };
        let unit = match (number, unit) {
            (1, 'w') => Some(CalendarUnit::Week),
            // an example of the specification writes m for a month
            (1, 'M' | 'm') => Some(CalendarUnit::Month),
            (1, 'Q') | (3, 'M') => Some(CalendarUnit::Quarter),
            _ => None,
        };
        let zone = Zone::new(calendar.time_zone.as_str())?;
        let Some(unit) = unit else {
            let message = "this calendar window cannot be judged";
            let made = self.desk(document).error("not-judged", at("duration"), "spec.timeWindow[0].duration", message);
            made.found(window.duration.as_str()).accepted("1w, 1M, 1Q");
            return None;
        };
        let start = texts::start(calendar.start_time.as_str())?;
        let first = match unit {
            CalendarUnit::Week => start.weekday() == jiff::civil::Weekday::Monday,
            CalendarUnit::Month => start.day() == 1,
            CalendarUnit::Quarter => start.day() == 1 && (start.month() - 1) % 3 == 0,
        };
        if !first || start.time() != jiff::civil::Time::midnight() {
            let message =
                "calendar windows are judged from midnight of a Monday, of a month's or of a quarter's first day";
            let path = "spec.timeWindow[0].calendar.startTime";
            self.desk(document).error("not-judged", at("calendar"), path, message).found(calendar.start_time.as_str());
            return None;
        }
        Some(Window::calendar(unit, zone))
    }
}

/// Where a key of an objective stands.
pub(super) fn goal_place(document: &Document, i: usize, key: &str) -> Option<At> {
    let goals = document.node.at(&["spec", "objectives"])?;
    goals.items().get(i)?.node.get(key).map(|node: &Node| node.at)
}

/// What people say about an SLO.
pub(crate) fn about(document: &Document, slo: &SloSpec) -> About {
    let said = |key: &str| document.annotation(&format!("reliability/{key}")).map(str::to_owned);
    About {
        title: document.metadata.display_name.clone(),
        description: slo.description.clone(),
        owner: said("owner"),
        product_owner: said("product-owner"),
        review: said("review"),
        impact: said("impact"),
        first_action: said("first-action"),
        runbook: said("runbook"),
    }
}
