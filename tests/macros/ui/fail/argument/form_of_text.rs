use reliability_core::sli;

#[sli(objective = 99.9, owner("shop"), feature)]
fn checkout() {}

fn main() {}
