use reliability_core::sli;

#[sli(feature = "")]
fn checkout() {}

fn main() {}
