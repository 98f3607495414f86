struct Shop;

#[reliability_core::shed(FRONT)]
impl Shop {}

fn main() {}
