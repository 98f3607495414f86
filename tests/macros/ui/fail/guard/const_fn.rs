#[reliability_core::flag(NEW, otherwise = old)]
const fn checkout() {}

fn main() {}
