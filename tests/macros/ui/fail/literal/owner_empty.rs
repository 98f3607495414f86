use reliability_core::sli;

#[sli(owner = " ")]
fn checkout() {}

fn main() {}
