use reliability_core::sli;

#[sli(was = "-checkout")]
fn checkout() {}

fn main() {}
