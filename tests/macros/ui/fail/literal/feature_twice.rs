use reliability_core::sli;

#[sli(feature = "purchase", feature = "purchase")]
fn checkout() {}

fn main() {}
