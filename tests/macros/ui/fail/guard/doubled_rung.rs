#[reliability_core::degrade(HOME, from = "cached", fallback = cached, otherwise = ())]
#[reliability_core::degrade(HOME, from = "cached", fallback = older, otherwise = ())]
fn home() {}

fn main() {}
