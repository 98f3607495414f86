use reliability_core::sli;

fn judge(_: &u32) -> reliability_core::Outcome {
    reliability_core::Outcome::Good
}
#[sli(outcome = judge)]
fn checkout() -> Result<u32, String> {
    Ok(1)
}

fn main() {}
