use reliability_core::sli;

#[sli]
fn checkout<E>(error: E) -> Result<u8, E> { Err(error) }

fn main() {}
