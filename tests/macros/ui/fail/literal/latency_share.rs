use reliability_core::sli;

#[sli(latency = "100% < 250ms")]
fn checkout() {}

fn main() {}
