use reliability_core::sli;

#[sli]
async fn checkout(n: u32) -> Result<u32, String> {
    Ok::<_, String>(n);
}

fn main() {}
