use reliability_core::sli;

#[sli]
async fn checkout(n: &str) -> Result<u32, String> {
    Ok(n.parse::<u32>()?)
}

fn main() {}
