//! The story: calm, one bad, calm, all bad, calm, one killed.

use std::error::Error;
use std::net::SocketAddr;
use std::process::Command;
use std::time::Duration;

use reliability_core::Severity;
use reliability_core::fleet::FleetView;
use tokio::time::{sleep, timeout};

use crate::Options;
use crate::balancer;
use crate::book::{self, PAGES, ask};
use crate::children::Running;
use crate::engines::{self, Addresses, free_address};
use crate::picture;
use crate::replica::{self, SERVICE};
use crate::watch::{self, Level, Timeline};

const REPLICAS: usize = 5;

/// Tells it; whether each fault raised exactly one group of alerts, and the counts agree.
pub(crate) async fn tell(options: &Options) -> Result<bool, Box<dyn Error>> {
    engines::programs()?;
    let minute = Duration::from_secs(options.minute);
    let at = Addresses { prometheus: free_address()?, alertmanager: free_address()? };
    let addresses = (0..REPLICAS).map(|_| free_address()).collect::<Result<Vec<_>, _>>()?;
    let mut pods = Vec::new();
    for (place, address) in addresses.iter().enumerate() {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("replica").args(["--address", &address.to_string()]);
        command.args(["--instance", &format!("pod-{}", place + 1)]);
        command.args(["--prometheus", &format!("http://{}", at.prometheus)]);
        command.args(["--minute", &options.minute.to_string()]);
        pods.push(Running::start(&mut command)?);
    }
    let timeline = Timeline::begin();
    let webhook = watch::webhook(&timeline).await?;
    let export = replica::judged().start()?.export();
    let mut engines = engines::start(&export, at, &addresses, webhook, options.minute)?;
    engines::ready(&mut engines, at).await?;
    let balancer = balancer::start(addresses.clone()).await?;
    println!("A minute of the rules lasts {} s here. Prometheus: http://{}", options.minute, at.prometheus);
    for (place, address) in addresses.iter().enumerate() {
        until_it_answers(*address).await?;
        watch::replica(&timeline, place, *address);
    }
    let book = book::visit(balancer, options.rps);
    sleep(minute * 4).await;

    let mut faults = Vec::new();
    let mut all_is_well = true;
    timeline.take_groups();
    timeline.say(Level::Fault, "pod-2", "every checkout fails");
    let begun = timeline.elapsed();
    ask(addresses[1], "POST", "/fault/checkout/1000").await?;
    sleep(minute * 5).await;
    ask(addresses[1], "POST", "/fault/checkout/0").await?;
    timeline.say(Level::Fault, "pod-2", "well again");
    faults.push((begun, timeline.elapsed(), "one fails"));
    all_is_well &= one_group(&timeline, "one fails", "shop checkout");
    sleep(minute * 2).await;

    timeline.take_groups();
    timeline.say(Level::Fault, "all", "a third of the searches fail");
    let begun = timeline.elapsed();
    for address in &addresses {
        ask(*address, "POST", "/fault/search/333").await?;
    }
    sleep(minute * 5).await;
    for address in &addresses {
        ask(*address, "POST", "/fault/search/0").await?;
    }
    timeline.say(Level::Fault, "all", "well again");
    faults.push((begun, timeline.elapsed(), "all fail"));
    all_is_well &= one_group(&timeline, "all fail", "shop search");
    sleep(minute * 2).await;

    timeline.take_groups();
    timeline.say(Level::Fault, "pod-4", "killed");
    let begun = timeline.elapsed();
    pods.remove(3).kill();
    sleep(minute * 9).await;
    faults.push((begun, timeline.elapsed(), "one is killed"));
    all_is_well &= one_group(&timeline, "one is killed", "shop itself");

    all_is_well &= counts_agree(&timeline, &book);
    if let Some(path) = &options.picture {
        picture::draw(path, &timeline.moments(), &faults, timeline.elapsed())?;
        println!("{} is drawn", path.display());
    }
    drop((engines, pods));
    Ok(all_is_well)
}

async fn until_it_answers(address: SocketAddr) -> Result<(), Box<dyn Error>> {
    let answers = async {
        while !matches!(ask(address, "GET", "/reliability.json").await, Ok((200, _))) {
            sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(Duration::from_secs(30), answers)
        .await
        .map_err(|_| format!("the replica at {address} does not answer").into())
}

/// Whether this fault raised one group of alerts, and that the expected one. What an earlier one raised may go on being told of.
fn one_group(timeline: &Timeline, fault: &str, expected: &str) -> bool {
    let groups = timeline.take_groups();
    let earlier: &[&str] = match expected {
        "shop checkout" => &[],
        "shop search" => &["shop checkout"],
        _ => &["shop checkout", "shop search"],
    };
    let raised: Vec<_> = groups.iter().filter(|(group, _)| !earlier.contains(&group.as_str())).collect();
    let is_one = matches!(raised[..], [(group, _)] if group == expected);
    for (group, alerts) in &raised {
        println!("          {fault}: group {group} with {}", alerts.iter().cloned().collect::<Vec<_>>().join(", "));
    }
    println!(
        "          {fault}: {} group(s) of alerts{}",
        raised.len(),
        if is_one { "" } else { ", and one was expected" }
    );
    is_one
}

/// The replicas added up against the clients' own book, once the last calls are counted.
fn counts_agree(timeline: &Timeline, book: &book::Book) -> bool {
    let words = timeline.words();
    let latest = words.iter().map(|word| word.at).max().unwrap_or_default();
    let mut view = FleetView::of(SERVICE, None);
    for word in words {
        if let Err(why) = view.add(word) {
            println!("a replica is not added up: {why}");
        }
    }
    let merged = view.judge(latest);
    let mut agree = merged.left_out.is_empty() && merged.replicas == REPLICAS;
    for (what, page) in PAGES.iter().enumerate() {
        let (good, failed) = book.of(what);
        let Some(slo) = merged.slo(&format!("{page}-availability")) else { return false };
        let counts = slo.figures.counts;
        // a second of calls may not be read yet, or was lost with the one that was killed
        let near = |ours: u64, theirs: u64| ours.abs_diff(theirs) <= 25 + theirs / 50;
        agree &= near(counts.good, good) && near(counts.bad, failed);
        let fires = slo.pairs.iter().any(|(rule, state)| {
            rule.severity == Severity::Page && matches!(state, reliability_core::slo::AlertState::Firing { .. })
        });
        println!(
            "{page}: {} replicas added up have {} good and {} bad; the clients' book has {good} and {failed}; page {}",
            merged.replicas,
            counts.good,
            counts.bad,
            if fires { "fires" } else { "does not fire" }
        );
    }
    agree
}
