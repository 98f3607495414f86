use reliability_core::sli;

#[sli(name = "")]
fn checkout() {}

fn main() {}
