#[reliability_core::shed(FRONT, otherwise = ())]
#[reliability_core::shed(BACK, otherwise = ())]
fn checkout() {}

fn main() {}
