#[reliability_core::flag]
fn checkout() {}

fn main() {}
