use reliability_core::slis;

slis! {
    static CHECKOUT: Sli = "checkout";
    static CART = "cart";
    const STOCK = "stock";
    static PAYMENT = "payment", objective = "99%"
}

fn main() {
    println!("{}", CART.name());
}
