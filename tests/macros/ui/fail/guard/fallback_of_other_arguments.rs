use reliability_core::Flag;

static NEW: Flag = Flag::on("new");

#[reliability_core::flag(NEW, otherwise = old)]
fn checkout(cart: u32) -> u32 {
    cart
}

fn old() -> u32 {
    1
}

fn main() {}
