#[reliability_core::flag(otherwise = old)]
fn checkout() {}

fn main() {}
