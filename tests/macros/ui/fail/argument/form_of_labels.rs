use reliability_core::sli;

#[sli(labels = tenant)]
fn checkout() {}

fn main() {}
