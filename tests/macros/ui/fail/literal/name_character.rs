use reliability_core::sli;

#[sli(name = "Check_Out")]
fn checkout() {}

fn main() {}
