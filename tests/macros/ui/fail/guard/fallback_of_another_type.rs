use reliability_core::Flag;

static NEW: Flag = Flag::on("new");

#[reliability_core::flag(NEW, otherwise = old)]
fn checkout(cart: u32) -> u32 {
    cart
}

fn old(_: u32) -> String {
    String::new()
}

fn main() {}
