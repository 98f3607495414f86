#[reliability_core::shed("front-door")]
fn checkout() -> Result<(), reliability_core::Shed> {
    Ok(())
}

fn main() {}
