use reliability_core::{Sli, sli, slis};

#[sli]
static CHECKOUT: u32;

fn _use(_: Sli) {}
slis! { static CART = "cart"; }

fn main() {
    println!("{}", CHECKOUT.name());
}
