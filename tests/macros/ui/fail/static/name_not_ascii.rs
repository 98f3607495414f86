use reliability_core::{Sli, sli, slis};

#[sli]
static BÜCHER: Sli;

slis! { static CHECKOUT = "cart"; }

fn main() {
    println!("{}", CHECKOUT.name());
}
