use reliability_core::sli;

#[sli(latency = "250ms")]
fn checkout() {}

fn main() {}
