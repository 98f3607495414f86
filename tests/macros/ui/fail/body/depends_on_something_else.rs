use reliability_core::sli;

static PAYMENT: u32 = 1;
#[sli(depends_on(PAYMENT))]
fn checkout() {}

fn main() {}
