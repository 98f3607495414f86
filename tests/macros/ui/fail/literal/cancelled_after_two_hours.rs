use reliability_core::sli;

#[sli(cancelled_after = "2h")]
async fn checkout() {}

fn main() {}
