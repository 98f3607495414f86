use reliability_core::sli;

#[sli(cancelled_after = "0s")]
async fn checkout() {}

fn main() {}
