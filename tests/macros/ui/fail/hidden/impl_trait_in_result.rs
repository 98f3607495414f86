use reliability_core::sli;

#[sli]
async fn checkout() -> Result<impl std::fmt::Display, String> { Ok(1) }

fn main() {}
