use reliability_core::{degrade, flag, shed};

#[shed(DOOR, priority = "urgent", speed = 3, cost)]
#[flag(NEW, otherwise = "old", key = a, key = b)]
#[degrade(HOME, from = "Cached", fallback = cached)]
fn checkout() -> Result<(), reliability_core::Shed> {
    Ok(())
}

fn main() {}
