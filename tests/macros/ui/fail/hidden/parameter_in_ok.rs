use reliability_core::sli;

#[sli]
fn checkout<T>(value: T) -> Result<T, String> { Ok(value) }

fn main() {}
