use reliability_core::sli;

fn judge(_: &u32) -> bool {
    true
}
#[sli(outcome = judge)]
async fn checkout() -> u32 {
    1
}

fn main() {}
