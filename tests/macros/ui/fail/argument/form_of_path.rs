use reliability_core::sli;

#[sli(outcome = "of_result", crate = 3)]
fn checkout() {}

fn main() {}
