//! What each level says, as it says it.
//!
//! The process and the fleet are read off each replica's `/reliability.json`, four times a second; what Alertmanager decides arrives by its
//! webhook. Nothing here decides anything.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Json;
use axum::routing::post;
use reliability_core::Replica;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use crate::book::ask;

/// Who decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    Fault,
    Process,
    Fleet,
    Alertmanager,
}

impl Level {
    pub(crate) const ALL: [Self; 4] = [Self::Fault, Self::Process, Self::Fleet, Self::Alertmanager];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Fault => "fault",
            Self::Process => "process",
            Self::Fleet => "fleet",
            Self::Alertmanager => "alertmanager",
        }
    }
}

/// One decision.
#[derive(Clone, Debug)]
pub(crate) struct Moment {
    /// Seconds since the story began.
    pub(crate) at: f64,
    pub(crate) level: Level,
    pub(crate) who: String,
    pub(crate) what: String,
}

/// All that was decided.
#[derive(Debug)]
pub(crate) struct Timeline {
    begun: Instant,
    inside: Mutex<Inside>,
}

#[derive(Debug, Default)]
struct Inside {
    moments: Vec<Moment>,
    /// The groups that Alertmanager told of since the latest fault, by their labels, with the alerts in each.
    groups: BTreeMap<String, BTreeSet<String>>,
    /// The latest word of each replica.
    words: Vec<Replica>,
}

impl Timeline {
    #[allow(clippy::disallowed_methods)] // an example that happens in real time
    pub(crate) fn begin() -> Arc<Self> {
        Arc::new(Self { begun: Instant::now(), inside: Mutex::default() })
    }

    /// Seconds since the story began.
    pub(crate) fn elapsed(&self) -> f64 {
        self.begun.elapsed().as_secs_f64()
    }

    fn inside(&self) -> std::sync::MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn say(&self, level: Level, who: impl Into<String>, what: impl Into<String>) {
        let moment = Moment { at: self.elapsed(), level, who: who.into(), what: what.into() };
        println!("{:>6.1} s  {:<12}  {:<8}  {}", moment.at, level.name(), moment.who, moment.what);
        self.inside().moments.push(moment);
    }

    pub(crate) fn moments(&self) -> Vec<Moment> {
        self.inside().moments.clone()
    }

    /// The groups of alerts since this was last asked.
    pub(crate) fn take_groups(&self) -> BTreeMap<String, BTreeSet<String>> {
        std::mem::take(&mut self.inside().groups)
    }

    /// The latest word of each replica.
    pub(crate) fn words(&self) -> Vec<Replica> {
        self.inside().words.clone()
    }
}

/// Watches one replica until it does not answer any more.
pub(crate) fn replica(timeline: &Arc<Timeline>, place: usize, address: SocketAddr) {
    let timeline = Arc::clone(timeline);
    tokio::spawn(async move {
        let who = format!("pod-{}", place + 1);
        let mut seen = Seen::default();
        let mut missed = 0;
        loop {
            sleep(Duration::from_millis(250)).await;
            let Ok((200, body)) = ask(address, "GET", "/reliability.json").await else {
                missed += 1;
                if missed == 3 {
                    return;
                }
                continue;
            };
            missed = 0;
            if let Ok(report) = serde_json::from_slice::<Value>(&body) {
                seen.read(&report, &who, &timeline);
            }
            if let Ok((200, body)) = ask(address, "GET", "/reliability/replica").await
                && let Ok(word) = Replica::from_json(&body)
            {
                let mut inside = timeline.inside();
                inside.words.retain(|known| known.service.instance != word.service.instance);
                inside.words.push(word);
            }
        }
    });
}

/// What was so when it was last read.
#[derive(Default)]
struct Seen(BTreeMap<String, bool>);

impl Seen {
    fn read(&mut self, report: &Value, who: &str, timeline: &Timeline) {
        let each = |value: &Value| value.as_array().cloned().unwrap_or_default();
        for sli in each(&report["slis"]) {
            let name = sli["name"].as_str().unwrap_or_default().to_owned();
            for slo in each(&sli["slos"]) {
                let detected = !slo["detected_since"].is_null();
                self.turn(&name, "detected", detected, |is_so| {
                    let what = if is_so { "failures detected" } else { "no more failures detected" };
                    timeline.say(Level::Process, who, format!("{name}: {what}"));
                });
                let alerts = each(&slo["alerts"]);
                let pages = alerts.iter().any(|alert| alert["severity"] == "page" && alert["state"] == "firing");
                self.turn(&name, "pages", pages, |is_so| {
                    let what = if is_so { "fires" } else { "resolved" };
                    timeline.say(Level::Process, who, format!("{name}: page {what} by its own calls"));
                });
            }
        }
        for slo in each(&report["fleet"]["slos"]) {
            let name = slo["slo"].as_str().unwrap_or_default().to_owned();
            self.turn(&name, "fleet", slo["page"] == true, |is_so| {
                let what = if is_so { "fires" } else { "resolved" };
                timeline.say(Level::Fleet, who, format!("{name}: the fleet's page {what}"));
            });
        }
        for policy in each(&report["response"]["policies"]) {
            let name = policy["name"].as_str().unwrap_or_default().to_owned();
            let level = if policy["judge"] == "fleet" { Level::Fleet } else { Level::Process };
            self.turn(&name, "policy", policy["triggered"] == true, |is_so| {
                let what = if is_so { "would act" } else { "would not act any more" };
                timeline.say(level, who, format!("policy by the {name} verdict {what}"));
            });
        }
        let standing = report["fleet"]["standing"].as_str().unwrap_or_default();
        self.turn("fleet", "known", standing == "known", |is_so| {
            let what = if is_so { "the fleet's verdict is known" } else { "the fleet's verdict is not known" };
            timeline.say(Level::Fleet, who, what);
        });
    }

    fn turn(&mut self, name: &str, what: &str, is_so: bool, tell: impl FnOnce(bool)) {
        let was = self.0.insert(format!("{name} {what}"), is_so).unwrap_or(false);
        if was != is_so {
            tell(is_so);
        }
    }
}

/// Receives what Alertmanager tells; gives where.
pub(crate) async fn webhook(timeline: &Arc<Timeline>) -> std::io::Result<SocketAddr> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let timeline = Arc::clone(timeline);
    let hear = move |Json(told): Json<Value>| {
        hear(&timeline, &told);
        std::future::ready(())
    };
    tokio::spawn(async move { axum::serve(listener, axum::Router::new().route("/", post(hear))).await });
    Ok(address)
}

fn hear(timeline: &Timeline, told: &Value) {
    let label = |labels: &Value, name: &str| labels[name].as_str().unwrap_or_default().to_owned();
    let group = &told["groupLabels"];
    let of = label(group, "sli");
    let group = format!("{} {}", label(group, "service"), if of.is_empty() { "itself" } else { &of });
    let alerts = told["alerts"].as_array().cloned().unwrap_or_default();
    let firing: BTreeSet<_> = alerts
        .iter()
        .filter(|alert| alert["status"] == "firing")
        .map(|alert| format!("{} {}", label(&alert["labels"], "severity"), label(&alert["labels"], "alertname")))
        .collect();
    if firing.is_empty() {
        timeline.say(Level::Alertmanager, "", format!("{group}: resolved"));
        return;
    }
    let what = firing.iter().cloned().collect::<Vec<_>>().join(", ");
    timeline.say(Level::Alertmanager, told["receiver"].as_str().unwrap_or_default(), format!("{group}: {what}"));
    timeline.inside().groups.entry(group).or_default().extend(firing);
}
