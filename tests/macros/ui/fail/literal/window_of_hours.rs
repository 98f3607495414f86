use reliability_core::sli;

#[sli(window = "36h")]
fn checkout() {}

fn main() {}
