#[reliability_core::flag(NEW)]
fn checkout() {}

fn main() {}
