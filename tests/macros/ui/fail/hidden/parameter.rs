use reliability_core::sli;

#[sli]
fn checkout<T: Default>() -> T { T::default() }

fn main() {}
