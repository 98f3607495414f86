use reliability_core::slis;

slis! { static CHECKOUT = "checkout", name = "cart"; }

fn main() {
    println!("{}", CHECKOUT.name());
}
