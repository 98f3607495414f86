use reliability_core::sli;

#[sli(objectiv = "99.9%", colour, objective = "99.9%")]
fn checkout() {}

fn main() {}
