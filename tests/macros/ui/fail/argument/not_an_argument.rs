use reliability_core::sli;

#[sli("99.9%")]
fn checkout() {}

fn main() {}
