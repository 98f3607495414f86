use reliability_core::{Sli, sli, slis};

#[sli]
static CHECKOUT: Sli = Sli::new("checkout");

slis! { static CART = "cart"; }

fn main() {
    println!("{}", CHECKOUT.name());
}
