use reliability_core::sli;

#[sli(objective = "99,9%")]
fn checkout() {}

fn main() {}
