//! Switches, and the floor under them: an empty call of the same form.

use std::hint::black_box;

use reliability_core::testkit::turn;
use reliability_core::{Dimmer, Flag, Ladder, SetBy, Share};

use crate::harness::Candidate;

pub(crate) const BARE: &str = "switches: nothing asked";
pub(crate) const ENABLED: &str = "flag: enabled()";
pub(crate) const ENABLED_FOR: &str = "flag: enabled_for(16 bytes), a share of 10 %";
pub(crate) const RUNG: &str = "ladder: is_at_least(1)";
pub(crate) const SERVE: &str = "dimmer: serve(), turned down to 50 %";

static ON: Flag = Flag::on("bench-new-checkout");
static PARTLY: Flag = Flag::for_share("bench-new-checkout", Share::ratio(1, 10));
static HOME: Ladder = Ladder::new("bench-home", &["full", "cached", "static", "refuse"]);
static FULL: Dimmer = Dimmer::new("bench-full");
static DIMMED: Dimmer = Dimmer::new("bench-dimmed");

/// As long as a number with a word before it, and as a UUID in text: the hash goes on word by word, so a key's length counts.
const KEY: &str = "customer-1048576";
const UUID: &str = "4c8f3b52-8a1d-4e0f-9a44-5b1c2d3e4f50";

#[inline(never)]
fn bare(x: u64) -> u64 {
    black_box(x)
}

#[inline(never)]
fn enabled(x: u64) -> u64 {
    if ON.enabled() { black_box(x) } else { 0 }
}

#[inline(never)]
fn enabled_half(x: u64) -> u64 {
    if PARTLY.enabled() { black_box(x) } else { 0 }
}

#[inline(never)]
fn enabled_for(x: u64) -> u64 {
    if PARTLY.enabled_for(black_box(KEY)) { black_box(x) } else { 0 }
}

#[inline(never)]
fn enabled_for_uuid(x: u64) -> u64 {
    if PARTLY.enabled_for(black_box(UUID)) { black_box(x) } else { 0 }
}

#[inline(never)]
fn rung(x: u64) -> u64 {
    if HOME.is_at_least(1) { 0 } else { black_box(x) }
}

#[inline(never)]
fn full(x: u64) -> u64 {
    if FULL.serve() { black_box(x) } else { 0 }
}

#[inline(never)]
fn dimmed(x: u64) -> u64 {
    if DIMMED.serve() { black_box(x) } else { 0 }
}

pub(crate) fn candidates() -> Vec<Candidate> {
    turn(&DIMMED, SetBy::Manual, Some(Share::ratio(1, 2)));
    vec![
        Candidate::new(BARE, bare),
        Candidate::new(ENABLED, enabled),
        Candidate::new("flag: enabled(), a share of 10 % at random", enabled_half),
        Candidate::new(ENABLED_FOR, enabled_for),
        Candidate::new("flag: enabled_for(a uuid, 36 bytes), a share of 10 %", enabled_for_uuid),
        Candidate::new(RUNG, rung),
        Candidate::new("dimmer: serve()", full),
        Candidate::new(SERVE, dimmed),
    ]
}
