use reliability_core::sli;

type Reply<T> = Result<T, String>;
#[sli]
fn checkout<T>(value: T) -> Reply<T> { Ok(value) }

fn main() {}
