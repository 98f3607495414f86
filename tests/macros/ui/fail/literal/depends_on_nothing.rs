use reliability_core::sli;

#[sli(depends_on())]
fn checkout() {}

fn main() {}
