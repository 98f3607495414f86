#[reliability_core::degrade(HOME, from = "cached", fallback = cached, rung = 2)]
fn home() -> Result<(), reliability_core::Shed> {
    Ok(())
}

fn main() {}
