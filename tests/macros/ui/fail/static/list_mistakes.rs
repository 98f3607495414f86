use reliability_core::slis;

slis! {
    static CHECKOUT = "Checkout", objective = "100%", color = "red";
    static CART = "cart", latency = "99%";
}

fn main() {
    println!("{}", CHECKOUT.name());
}
