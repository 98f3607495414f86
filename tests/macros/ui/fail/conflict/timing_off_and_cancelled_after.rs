use reliability_core::sli;

#[sli(timing = "off", cancelled_after = "1s")]
async fn checkout() {}

fn main() {}
