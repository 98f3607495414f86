#[reliability_core::degrade(HOME, from = "cached", fallback = cached)]
async fn home() -> impl std::fmt::Display {
    1
}

fn main() {}
