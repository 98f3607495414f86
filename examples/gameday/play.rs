//! One run: the simulation, the service in it, and what is read out of both afterwards.

use reliability_core::testkit::simulation::{BIN, Record, Simulation};

use crate::run::{Run, Second};
use crate::scenario::{CLASSES, Scenario};
use crate::service::{Fate, Shop};

/// Plays a scenario.
pub(crate) fn run(scenario: Scenario, seed: u64, compensated: bool) -> Run {
    let setting = scenario.setting();
    let mut shop = Shop::new(scenario, compensated);
    let record = Simulation::new(setting).run(&mut shop, seed);
    let report = shop.report();
    let watched = format!("{}-availability", scenario.watched());
    let slo = report.slo(&watched);
    let mut classes = CLASSES.map(|(name, _, _)| (name, Second::default()));
    let seconds = seconds(&record, &shop, &mut classes);
    Run {
        seconds,
        classes: classes.to_vec(),
        marks: shop.marks(),
        spent: slo.map_or(0.0, |slo| 1.0 - slo.budget_remaining),
        paged: shop.paged(),
    }
}

/// What became of the clients of each second. Who was never answered is in nobody's list but the record's.
fn seconds(record: &Record, shop: &Shop, classes: &mut [(&'static str, Second)]) -> Vec<Second> {
    let a_second = (1.0 / BIN.as_secs_f64()).round() as usize;
    let mut seconds = vec![Second::default(); record.bins().len().div_ceil(a_second)];
    for (at, bin) in record.bins().iter().enumerate() {
        for (class, counts) in classes.iter_mut().zip(bin) {
            class.1.failed += counts.clients;
            seconds[at / a_second].failed += counts.clients;
        }
    }
    for client in shop.clients() {
        let second = usize::try_from(client.first_arrived.as_secs()).unwrap_or(usize::MAX);
        let Some(second) = seconds.get_mut(second) else { continue };
        for to in [second, &mut classes[client.class].1] {
            let part = match client.fate {
                Fate::Full => &mut to.full,
                Fate::Degraded => &mut to.degraded,
                Fate::Shed => &mut to.shed,
                Fate::Failed => continue,
            };
            *part += 1;
            to.failed = to.failed.saturating_sub(1);
        }
    }
    // the record's last bin begins where the run ends
    while seconds.last() == Some(&Second::default()) {
        seconds.pop();
    }
    seconds
}
