#[reliability_core::flag(NEW otherwise = old)]
fn checkout() {}

fn main() {}
