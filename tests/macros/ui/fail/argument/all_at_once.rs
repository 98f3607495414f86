use reliability_core::sli;

#[sli(objective = "100%", latency = "99% < 250", tier = 0, window = "0d", owner = "", color = "red")]
fn checkout() {}

fn main() {}
