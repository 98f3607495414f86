use reliability_core::sli;

#[sli(objective = "99.9%", latency = "99% < 1s", objective = "99%")]
fn checkout() {}

fn main() {}
