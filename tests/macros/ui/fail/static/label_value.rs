use reliability_core::{Sli, sli, slis};

#[sli(labels(tenant = 3, max = 3))]
static CHECKOUT: Sli;

slis! { static CART = "cart"; }

fn main() {
    println!("{}", CHECKOUT.name());
}
