//! The one query that asks for the whole service, and what its answer means.
//!
//! Read are the series that the generated rules record (`Export::prometheus`): `reliability:slo_budget_remaining:ratio`,
//! `reliability:slo_pair:firing` and `…:held`, the sums of bad and valid events over each window, since when they are counted. Beside
//! them, of the exported counters, the calls refused over the windows that pages look at, for triggers must not see them; and when the
//! rules were last evaluated, because an engine goes on giving the last value of a series for five minutes.
//!
//! Refusals over the windows of tickets (a day, three) are not asked for: that would read days of every replica's counter a few times a
//! minute. Where something was refused, tickets and the budget are therefore not known without refusals.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use super::answer::{Answer, Series};
use crate::clock::Timestamp;
use crate::engine::fleet::{FleetPair, FleetSlo, FleetWindow};
use crate::engine::identity::Identity;
use crate::slo::{Severity, Tally};

/// By SLI, SLO and rule: how urgent, whether it fires, whether that is held.
type Pairs<'a> = BTreeMap<(&'a str, &'a str, &'a str), (Severity, Option<bool>, bool)>;
/// By SLI, SLO and window: bad and valid events.
type Sums<'a> = BTreeMap<(&'a str, &'a str, Duration), (Option<u64>, Option<u64>)>;

/// The windows of pages.
const REFUSED_OVER: [&str; 4] = ["5m", "30m", "1h", "6h"];

/// The query for all objectives of this service.
pub(super) fn query(service: &Identity, selected_by: Option<&(String, String)>) -> String {
    let mut own = format!("service=\"{}\"", quoted(&service.service));
    if let Some(environment) = &service.environment {
        let _ = write!(own, ",environment=\"{}\"", quoted(environment));
    }
    let raw = match selected_by {
        Some((label, value)) => format!("{label}=\"{}\"", quoted(value)),
        None => own.clone(),
    };
    let recorded =
        "reliability:slo_(budget_remaining:ratio|pair:firing|pair:held|bad:sum.+|valid:sum.+|since:timestamp_seconds)";
    let named =
        |expression: String, what: &str| format!("label_replace({expression}, \"figure\", \"{what}\", \"\", \"\")");
    let shed = format!("reliability_events_total{{{raw},outcome=\"shed\"}}");
    let mut query = format!("{{__name__=~\"{recorded}\",{own}}}");
    for window in REFUSED_OVER {
        let sum = format!("sum by (sli) (increase({shed}[{window}]))");
        let _ = write!(query, " or {}", named(sum, &format!("shed {window}")));
    }
    let _ = write!(query, " or {}", named(format!("sum by (sli) ({shed})"), "shed"));
    let evaluated = format!("max(timestamp(reliability:slo_since:timestamp_seconds{{{own}}}))");
    let _ = write!(query, " or {}", named(evaluated, "evaluated"));
    query
}

fn quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// What the engine said.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Told {
    pub(super) slos: Vec<FleetSlo>,
    /// How old it was when it was told; `None` if nothing was.
    pub(super) age: Option<Duration>,
}

/// What an answer to [`query`] says.
pub(super) fn read(answer: &Answer) -> Told {
    let mut told = Told::default();
    let mut slos: BTreeMap<(&str, &str), FleetSlo> = BTreeMap::new();
    let mut sums = Sums::new();
    let mut pairs = Pairs::new();
    let mut shed: BTreeMap<(&str, Option<Duration>), u64> = BTreeMap::new();
    for series in &answer.series {
        let (sli, slo) = (series.label("sli"), series.label("slo"));
        let Some(value) = series.last() else { continue };
        match (series.label("figure"), series.label("__name__")) {
            ("evaluated", _) => {
                let at = series.points.last().map_or(0.0, |(at, _)| *at);
                told.age = Duration::try_from_secs_f64((at - value).max(0.0)).ok();
            }
            ("shed", _) => _ = shed.insert((sli, None), up(value)),
            (figure, "") if figure.starts_with("shed ") => {
                _ = shed.insert((sli, window(&figure[5..])), up(value));
            }
            (_, name) => {
                let Some(what) = name.strip_prefix("reliability:slo_").filter(|_| !slo.is_empty()) else { continue };
                let of = slos.entry((sli, slo)).or_default();
                match what {
                    "budget_remaining:ratio" => of.budget_remaining = Some(value),
                    "since:timestamp_seconds" => of.since = instant(value),
                    "pair:firing" => pair(&mut pairs, series).into_iter().for_each(|pair| pair.1 = Some(value > 0.5)),
                    "pair:held" => pair(&mut pairs, series).into_iter().for_each(|pair| pair.2 = value > 0.5),
                    _ => {
                        if let Some(window) = what.strip_prefix("bad:sum").and_then(window) {
                            sums.entry((sli, slo, window)).or_default().0 = Some(up(value));
                        } else if let Some(window) = what.strip_prefix("valid:sum").and_then(window) {
                            sums.entry((sli, slo, window)).or_default().1 = Some(up(value));
                        }
                    }
                }
            }
        }
    }
    for ((sli, slo, window), sum) in sums {
        if let (Some(of), (Some(bad), Some(valid))) = (slos.get_mut(&(sli, slo)), sum) {
            let known = shed.get(&(sli, Some(window))).copied();
            let seen = Tally::new(valid.saturating_sub(bad), bad);
            of.windows.push(FleetWindow { window, seen, shed: known });
            of.has_refused |= known.unwrap_or(0) > 0;
        }
    }
    for ((sli, slo, rule), (severity, firing, held)) in pairs {
        if let (Some(of), Some(firing)) = (slos.get_mut(&(sli, slo)), firing) {
            of.pairs.push(FleetPair::new(rule, severity, firing, held));
        }
    }
    let told_slos = &mut told.slos;
    for ((sli, slo), mut of) in slos {
        slo.clone_into(&mut of.slo);
        // without the counter nobody can say that nothing was refused
        of.has_refused |= shed.get(&(sli, None)).is_none_or(|count| *count > 0);
        told_slos.push(of);
    }
    told_slos.sort_unstable_by(|a, b| a.slo.cmp(&b.slo));
    told
}

fn pair<'a, 'b>(pairs: &'b mut Pairs<'a>, series: &'a Series) -> Option<&'b mut (Severity, Option<bool>, bool)> {
    let severity = match series.label("severity") {
        "page" => Severity::Page,
        "ticket" => Severity::Ticket,
        _ => return None,
    };
    let key = (series.label("sli"), series.label("slo"), series.label("rule"));
    Some(pairs.entry(key).or_insert((severity, None, false)))
}

/// A count, rounded up: extrapolated sums are no whole numbers, and too many refused ones act less, too few feed on themselves.
fn up(value: f64) -> u64 {
    value.max(0.0).ceil() as u64
}

fn instant(seconds: f64) -> Option<Timestamp> {
    (0.0..4e9).contains(&seconds).then(|| Timestamp::from_unix_nanos((seconds * 1e9) as i64))
}

/// A window as Prometheus writes it: `5m`, `1d12h`.
fn window(text: &str) -> Option<Duration> {
    let (mut seconds, mut number) = (0_u64, None::<u64>);
    for c in text.chars() {
        if let Some(digit) = c.to_digit(10) {
            number = Some(number.unwrap_or(0).checked_mul(10)?.checked_add(digit.into())?);
            continue;
        }
        let unit = match c {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            'w' => 7 * 86_400,
            _ => return None,
        };
        seconds = seconds.checked_add(number.take()?.checked_mul(unit)?)?;
    }
    (number.is_none() && seconds > 0).then(|| Duration::from_secs(seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(series: &[(&[(&str, &str)], &str)]) -> Answer {
        let series = series.iter().map(|(labels, value)| {
            let metric: BTreeMap<_, _> = labels.iter().copied().collect();
            serde_json::json!({"metric": metric, "value": [1_000.0, value]})
        });
        let body = serde_json::json!({
            "status": "success", "data": {"resultType": "vector", "result": series.collect::<Vec<_>>()},
        });
        Answer::parse(body.to_string().as_bytes()).unwrap()
    }

    const SLO: [(&str, &str); 2] = [("sli", "pay"), ("slo", "pay-availability")];

    fn named(name: &'static str, more: &[(&'static str, &'static str)]) -> Vec<(&'static str, &'static str)> {
        SLO.into_iter().chain([("__name__", name)]).chain(more.iter().copied()).collect()
    }

    #[test]
    fn an_answer_is_read_by_objective() {
        let page = [("rule", "1h/5m"), ("severity", "page")];
        let told = read(&answer(&[
            (&named("reliability:slo_budget_remaining:ratio", &[]), "-0.5"),
            (&named("reliability:slo_pair:firing", &page), "1"),
            (&named("reliability:slo_pair:held", &page), "0"),
            (&named("reliability:slo_bad:sum1h", &[]), "7"),
            (&named("reliability:slo_valid:sum1h", &[]), "100"),
            (&named("reliability:slo_bad:sum5m", &[]), "NaN"),
            (&[("sli", "pay"), ("figure", "shed 1h")], "2.2"),
            (&[("sli", "pay"), ("figure", "shed")], "9"),
            (&[("figure", "evaluated")], "970"),
            (&[("__name__", "reliability:slo_other")], "1"),
        ]));
        assert_eq!(told.age, Some(Duration::from_secs(30)));
        let [slo] = &told.slos[..] else { panic!("{told:?}") };
        assert_eq!((slo.slo.as_str(), slo.budget_remaining, slo.has_refused), ("pay-availability", Some(-0.5), true));
        assert_eq!(slo.windows.len(), 1, "one without a figure is none");
        assert_eq!((slo.windows[0].seen, slo.windows[0].shed), (Tally::new(93, 7), Some(3)));
        assert_eq!(slo.is_firing(Severity::Page), Some(true));
    }

    #[test]
    fn without_a_counter_of_refusals_nobody_says_that_there_are_none() {
        let told = read(&answer(&[(&named("reliability:slo_budget_remaining:ratio", &[]), "1")]));
        assert!(told.slos[0].has_refused && told.slos[0].served_budget().is_none() && told.age.is_none());
    }

    #[test]
    fn windows_are_read_as_they_are_written() {
        assert_eq!(window("1d12h"), Some(Duration::from_secs(36 * 3_600)));
        for text in ["", "5", "m", "5x", "99999999999999999999d"] {
            assert_eq!(window(text), None, "{text}");
        }
    }

    #[test]
    fn a_name_cannot_break_out_of_the_query() {
        let service = Identity { service: "a\"} or vector(1) #\\".into(), ..Identity::default() };
        let query = query(&service, None);
        assert!(query.contains(r#"service="a\"} or vector(1) #\\""#), "{query}");
    }
}
