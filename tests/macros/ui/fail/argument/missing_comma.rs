use reliability_core::sli;

#[sli(objective = "99%" owner = "shop")]
fn checkout() {}

fn main() {}
