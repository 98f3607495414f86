use reliability_core::sli;

#[sli(objective = "100%")]
fn checkout() {}

fn main() {}
