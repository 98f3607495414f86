use reliability_core::sli;

#[sli(cancelled = "bad", cancelled_after = "1s")]
async fn checkout() {}

fn main() {}
