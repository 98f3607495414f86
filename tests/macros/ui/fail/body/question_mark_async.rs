use reliability_core::sli;

struct Wrong;

#[sli]
async fn checkout(n: &str) -> Result<u32, Wrong> {
    Ok(n.parse::<u32>()?)
}

fn main() {}
