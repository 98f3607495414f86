use reliability_core::sli;

#[sli]
fn checkout() -> impl std::fmt::Display { 1 }

fn main() {}
