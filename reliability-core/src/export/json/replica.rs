//! A replica as JSON, version 1: what `GET /reliability/replica` answers and `fleet` reads.
//!
//! One object: `version`, `service {name, version, environment, instance}`, `incarnation`, `at`, `resumed`, `observed {begins, gaps
//! [[from, to]…]}`, `slos[]`. Instants are nanoseconds since the epoch, durations nanoseconds, all numbers whole: nothing is
//! rounded.
//!
//! An SLO: `name`, `identity` and `objective` (parts per billion), `method`, `generation`, `history`, `slices` (`null` unless they
//! are counted). A history: `window`, `exact`, `now`, `begins`, `total`, `turned`, `carried` (pairs of good and bad), `carried_for`,
//! `fine`, `minutes`, `quarters` (or `null`). A ring of slots: `first`, `last` (the numbers of the first and the newest boundary), `oldest`
//! (the counts at the oldest boundary), `grown`: what each slot held, the oldest first, as `good, bad, good, bad, …`, in which a
//! negative number `-n` stands for `n` empty slots.

use serde::{Serialize, Serializer};
use serde_json::{Value, json};

use crate::clock::Timestamp;
use crate::engine::replica::{REPLICA_VERSION, Replica, ReplicaSlo};
use crate::slo::{KeptHistory, KeptRing, KeptSlices, Resolution, Tally};

impl Serialize for Replica {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        render(self).serialize(serializer)
    }
}

fn render(replica: &Replica) -> Value {
    let gaps = replica.observed.gaps.iter().map(|(from, to)| [at(*from), at(*to)]);
    json!({
        "version": REPLICA_VERSION,
        "service": {
            "name": replica.service.service,
            "version": replica.service.version,
            "environment": replica.service.environment,
            "instance": replica.service.instance,
        },
        "incarnation": replica.incarnation,
        "at": at(replica.at),
        "resumed": replica.resumed,
        "observed": {"begins": at(replica.observed.begins), "gaps": gaps.collect::<Vec<_>>()},
        "slos": replica.slos.iter().map(slo).collect::<Vec<_>>(),
    })
}

fn slo(slo: &ReplicaSlo) -> Value {
    json!({
        "name": slo.name,
        "identity": slo.identity,
        "objective": slo.objective.ppb(),
        "method": slo.state.method.to_string(),
        "generation": slo.state.generation,
        "history": history(&slo.state.history),
        "slices": slo.state.slices.as_ref().map(slices),
    })
}

fn history(history: &KeptHistory) -> Value {
    json!({
        "window": history.window.to_string(),
        "exact": history.resolution == Resolution::Exact,
        "now": at(history.now),
        "begins": at(history.begins),
        "total": pair(history.total),
        "turned": pair(history.turned),
        "carried": pair(history.carried),
        "carried_for": nanos(history.carried_for),
        "fine": ring(&history.fine),
        "minutes": ring(&history.minutes),
        "quarters": history.quarters.as_ref().map(ring),
    })
}

fn ring(ring: &KeptRing) -> Value {
    let mut grown: Vec<Value> = Vec::new();
    let mut empty = 0_i64;
    for slot in ring.grown() {
        if slot == Tally::ZERO {
            empty += 1;
            continue;
        }
        if empty > 0 {
            grown.push((-std::mem::take(&mut empty)).into());
        }
        grown.extend([slot.good.into(), slot.bad.into()]);
    }
    if empty > 0 {
        grown.push((-empty).into());
    }
    json!({"first": ring.first, "last": ring.last, "oldest": pair(ring.oldest), "grown": grown})
}

fn slices(slices: &KeptSlices) -> Value {
    json!({
        "cut": [slices.cut.0, slices.cut.1],
        "before": [slices.before.0, slices.before.1],
        "ends": slices.ends,
        "now": at(slices.now),
        "total": pair(slices.total),
        "open": slices.open,
        "events": pair(slices.events),
        "closed": slices.closed,
        // beyond 64 bits a number is no JSON that others read
        "carried": [slices.carried.0.to_string(), slices.carried.1.to_string()],
        "carried_among": slices.carried_among,
        "carried_for": nanos(slices.carried_for),
    })
}

fn at(at: Timestamp) -> i64 {
    at.unix_nanos()
}

fn nanos(time: std::time::Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn pair(tally: Tally) -> [u64; 2] {
    [tally.good, tally.bad]
}
