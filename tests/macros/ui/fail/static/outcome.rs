use reliability_core::{Sli, sli, slis};

#[sli(outcome = Sli::name)]
static CHECKOUT: Sli;

slis! { static CART = "cart"; }

fn main() {
    println!("{}", CHECKOUT.name());
}
