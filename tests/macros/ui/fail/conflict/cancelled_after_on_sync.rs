use reliability_core::sli;

#[sli(cancelled_after = "1s")]
fn checkout() {}

fn main() {}
