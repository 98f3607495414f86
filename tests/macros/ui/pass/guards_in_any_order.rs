//! Nothing is imported but the attributes, names are shadowed, and all imports count as used.
#![deny(warnings)]

use reliability_core::{Flag, Gate, Ladder, Shed, degrade, flag, shed, sli};

static NEW: Flag = Flag::on("new");
static HOME: Ladder = Ladder::new("home", &["full", "cached"]);
static FRONT: Gate = Gate::new("front");

#[sli]
#[degrade(HOME, from = "cached", fallback = cached)]
#[flag(NEW, otherwise = old)]
#[shed(FRONT, key = text)]
fn home(text: &str) -> Result<usize, Shed> {
    #[allow(dead_code)]
    enum Result {
        Ok,
    }
    let length = text.len();
    Ok(length)
}

fn cached(_: &str) -> Result<usize, Shed> {
    Ok(0)
}

const fn old(_: &str) -> Result<usize, Shed> {
    Ok(1)
}

fn main() {
    assert_eq!(home("four"), Ok(4));
}
