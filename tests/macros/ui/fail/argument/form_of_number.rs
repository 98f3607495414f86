use reliability_core::sli;

#[sli(tier = "1")]
fn checkout() {}

fn main() {}
