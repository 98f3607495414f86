use reliability_core::sli;

#[sli(depends_on = PAYMENT, depends_on(3))]
fn checkout() {}

fn main() {}
