use reliability_core::sli;

#[sli]
fn checkout() -> Box<dyn std::fmt::Display> { Box::new(1) }

fn main() {}
