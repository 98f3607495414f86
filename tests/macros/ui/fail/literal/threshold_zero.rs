use reliability_core::sli;

#[sli(latency = "99% < 0s")]
fn checkout() {}

fn main() {}
