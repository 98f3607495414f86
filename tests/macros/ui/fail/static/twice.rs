use reliability_core::{Sli, sli, slis};

#[sli]
#[sli(owner = "shop")]
static CHECKOUT: Sli;

slis! { static CART = "cart"; }

fn main() {
    println!("{}", CHECKOUT.name());
}
