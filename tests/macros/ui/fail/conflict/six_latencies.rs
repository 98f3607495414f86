use reliability_core::sli;

#[sli(latency = "99% < 1s", latency = "99% < 2s", latency = "99% < 3s", latency = "99% < 4s", latency = "99% < 5s", latency = "99% < 6s")]
fn checkout() {}

fn main() {}
