use reliability_core::sli;

#[sli(cancelled = "good")]
async fn checkout() {}

fn main() {}
