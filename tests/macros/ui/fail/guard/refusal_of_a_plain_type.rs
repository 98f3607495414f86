use reliability_core::Gate;

static FRONT: Gate = Gate::new("front");

#[reliability_core::shed(FRONT)]
fn checkout() -> u32 {
    1
}

fn main() {}
