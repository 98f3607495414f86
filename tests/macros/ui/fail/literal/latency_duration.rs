use reliability_core::sli;

#[sli(latency = "99% < 250")]
fn checkout() {}

fn main() {}
