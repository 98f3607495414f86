use reliability_core::sli;

#[sli(window = "91d")]
fn checkout() {}

fn main() {}
