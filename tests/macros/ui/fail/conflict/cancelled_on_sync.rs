use reliability_core::sli;

#[sli(cancelled = "bad")]
fn checkout() {}

fn main() {}
