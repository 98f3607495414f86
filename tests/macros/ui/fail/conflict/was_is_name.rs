use reliability_core::sli;

#[sli(name = "checkout", was = "checkout")]
fn checkout() {}

fn main() {}
