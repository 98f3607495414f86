use reliability_core::slis;

slis! { static CHECKOUT: Sli = "checkout"; }

fn main() {}
