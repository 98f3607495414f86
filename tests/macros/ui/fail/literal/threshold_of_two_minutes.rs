use reliability_core::sli;

#[sli(latency = "99% < 2m")]
fn checkout() {}

fn main() {}
