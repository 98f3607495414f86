#[reliability_core::degrade(HOME, fallback = cached)]
fn home() -> Result<(), reliability_core::Shed> {
    Ok(())
}

fn main() {}
