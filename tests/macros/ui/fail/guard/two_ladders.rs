#[reliability_core::degrade(HOME, from = "cached", fallback = cached, otherwise = ())]
#[reliability_core::degrade(SHOP, from = "static", fallback = fixed)]
fn home() {}

fn main() {}
