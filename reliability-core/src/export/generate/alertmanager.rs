//! A route and inhibitions for Alertmanager: a suggestion, to be merged into the configuration that is there.
//!
//! One cause is one page. So alerts are grouped by service and SLI; a page silences the ticket of its own SLO; a page of a
//! dependency silences whatever needs it, directly or through others; a page of the first tier silences tickets of lower ones
//! in the same service; and a service that is gone silences what is said about the watching of it. Two SLIs that need each other
//! silence nothing of each other: otherwise both would be silent.
//!
//! Receivers are names, by owner and severity: which pager or channel they are is not known here.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::Export;

#[derive(Serialize)]
struct Config {
    route: Route,
    inhibit_rules: Vec<Inhibition>,
    receivers: Vec<Receiver>,
}

#[derive(Default, Serialize)]
struct Route {
    receiver: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    matchers: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    group_by: Vec<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_wait: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    group_interval: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    repeat_interval: Option<&'static str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    routes: Vec<Route>,
}

#[derive(Serialize)]
struct Inhibition {
    source_matchers: Vec<String>,
    target_matchers: Vec<String>,
    equal: Vec<&'static str>,
}

#[derive(Serialize)]
struct Receiver {
    name: String,
}

/// The configuration.
pub(super) fn config(export: &Export) -> String {
    let owners: BTreeSet<&str> = export.promises.iter().filter_map(|promise| promise.about.owner.as_deref()).collect();
    let service = is("service", &export.service.service);
    let mut receivers = BTreeSet::from(["reliability-page".to_owned(), "reliability-ticket".to_owned()]);
    let mut owned = Vec::new();
    for owner in owners {
        let (page, ticket) = (format!("{owner}-page"), format!("{owner}-ticket"));
        owned.push(Route {
            receiver: ticket.clone(),
            matchers: vec![is("owner", owner)],
            routes: vec![paging(&page)],
            ..Route::default()
        });
        receivers.extend([page, ticket]);
    }
    owned.push(paging("reliability-page"));
    let of_service = Route {
        receiver: "reliability-ticket".into(),
        matchers: vec![service.clone()],
        group_by: vec!["service", "environment", "sli"],
        group_wait: Some("30s"),
        group_interval: Some("5m"),
        repeat_interval: Some("1d"),
        routes: owned,
    };
    let config = Config {
        route: Route { receiver: "reliability-ticket".into(), routes: vec![of_service], ..Route::default() },
        inhibit_rules: inhibitions(export, &service),
        receivers: receivers.into_iter().map(|name| Receiver { name }).collect(),
    };
    let head = "# A suggestion: merge it into the configuration that is there, and say what the receivers are. Generated.\n";
    head.to_owned() + &serde_saphyr::to_string(&config).unwrap_or_default()
}

/// Who is woken hears of it at once, and again while it lasts.
fn paging(receiver: &str) -> Route {
    Route {
        receiver: receiver.into(),
        matchers: vec![is("severity", "page")],
        group_wait: Some("0s"),
        group_interval: Some("1m"),
        repeat_interval: Some("4h"),
        ..Route::default()
    }
}

fn inhibitions(export: &Export, service: &str) -> Vec<Inhibition> {
    let (page, ticket) = (is("severity", "page"), is("severity", "ticket"));
    let own = || service.to_owned();
    let place = || vec!["service", "environment"];
    let mut rules = vec![
        Inhibition {
            source_matchers: vec![own(), page.clone(), "slo!=\"\"".into()],
            target_matchers: vec![own(), ticket.clone()],
            equal: vec!["service", "environment", "sli", "slo"],
        },
        Inhibition {
            source_matchers: vec![own(), is("alertname", "ReliabilityServiceGone")],
            target_matchers: vec![
                own(),
                "alertname=~\"ReliabilityUnobserved|ReliabilityDecisionHeld|ReliabilityReplicaGone\"".into(),
            ],
            equal: place(),
        },
    ];
    let needs = needs(export);
    let mut silences: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for (sli, all) in &needs {
        for needed in all.iter().filter(|needed| !needs.get(*needed).is_some_and(|back| back.contains(sli))) {
            silences.entry(needed).or_default().insert(sli);
        }
    }
    for (needed, dependants) in silences {
        let dependants: Vec<_> = dependants.into_iter().collect();
        rules.push(Inhibition {
            source_matchers: vec![own(), page.clone(), is("sli", needed)],
            target_matchers: vec![own(), format!("sli=~\"{}\"", dependants.join("|"))],
            equal: place(),
        });
    }
    let lower: BTreeSet<u8> = export.promises.iter().filter_map(|promise| promise.tier).filter(|tier| *tier > 1).collect();
    if export.promises.iter().any(|promise| promise.tier == Some(1)) && !lower.is_empty() {
        let lower: Vec<_> = lower.into_iter().map(|tier| tier.to_string()).collect();
        rules.push(Inhibition {
            source_matchers: vec![own(), page, is("tier", "1")],
            target_matchers: vec![own(), ticket, format!("tier=~\"{}\"", lower.join("|"))],
            equal: place(),
        });
    }
    rules
}

/// What each SLI needs, directly or through others. Names that nobody bears lead nowhere.
fn needs(export: &Export) -> BTreeMap<&str, BTreeSet<&str>> {
    let mut needs: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for promise in &export.promises {
        needs.entry(&promise.sli).or_default().extend(promise.depends_on.iter().map(String::as_str));
    }
    let mut growing = true;
    while growing {
        growing = false;
        for sli in needs.keys().copied().collect::<Vec<_>>() {
            let further: BTreeSet<&str> =
                needs[sli].iter().filter_map(|needed| needs.get(needed)).flatten().copied().collect();
            let known = needs.entry(sli).or_default();
            let before = known.len();
            known.extend(further);
            growing |= known.len() > before;
        }
    }
    needs
}

/// A matcher for one value.
fn is(name: &str, value: &str) -> String {
    format!("{name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}
