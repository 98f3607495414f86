use reliability_core::sli;

#[sli(depends_on("Stock"))]
fn checkout() {}

fn main() {}
