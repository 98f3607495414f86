use reliability_core::sli;

#[sli]
const fn checkout() {}

fn main() {}
