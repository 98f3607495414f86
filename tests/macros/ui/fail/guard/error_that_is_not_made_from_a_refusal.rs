use reliability_core::Gate;

static FRONT: Gate = Gate::new("front");

#[reliability_core::shed(FRONT)]
fn checkout() -> Result<u32, std::num::ParseIntError> {
    "1".parse()
}

fn main() {}
