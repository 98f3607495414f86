use reliability_core::sli;

#[sli]
fn checkout() -> impl Future<Output = impl Sized> { async { 1 } }

fn main() {}
