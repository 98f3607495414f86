use reliability_core::sli;

#[sli]
fn bücher() {}

fn main() {}
