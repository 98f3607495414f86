use reliability_core::sli;

#[sli(cancelled_after = "soon")]
async fn checkout() {}

fn main() {}
