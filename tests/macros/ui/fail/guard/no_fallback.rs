#[reliability_core::degrade(HOME, from = "cached")]
fn home() -> Result<(), reliability_core::Shed> {
    Ok(())
}

fn main() {}
