#[reliability_core::shed(FRONT)]
fn checkout() {}

fn main() {}
