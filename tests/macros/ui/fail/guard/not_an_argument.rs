#[reliability_core::flag(NEW, otherwise = old, 3)]
fn checkout() {}

fn main() {}
