use reliability_core::sli;

#[sli(window = "0d")]
fn checkout() {}

fn main() {}
