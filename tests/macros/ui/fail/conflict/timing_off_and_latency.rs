use reliability_core::sli;

#[sli(timing = "off", latency = "99% < 250ms")]
fn checkout() {}

fn main() {}
