use reliability_core::Gate;

static FRONT: Gate = Gate::new("front");

#[reliability_core::flag(FRONT, otherwise = old)]
fn checkout() {}
fn old() {}

fn main() {}
