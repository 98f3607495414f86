use reliability_core::sli;

#[sli(tier = 0)]
fn checkout() {}

fn main() {}
