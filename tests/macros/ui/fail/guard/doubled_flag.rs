#[reliability_core::flag(NEW, otherwise = old)]
#[reliability_core::flag(NEWER, otherwise = old)]
fn checkout() {}

fn main() {}
