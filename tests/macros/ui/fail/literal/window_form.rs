use reliability_core::sli;

#[sli(window = "a month")]
fn checkout() {}

fn main() {}
