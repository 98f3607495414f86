use reliability_core::sli;

#[sli(timing = "fast")]
fn checkout() {}

fn main() {}
