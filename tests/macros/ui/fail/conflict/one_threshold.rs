use reliability_core::sli;

#[sli(latency = "99% < 1s", latency = "99.9% < 1000ms")]
fn checkout() {}

fn main() {}
