use reliability_core::sli;

#[sli]
fn checkout(n: u32) -> Result<u32, String> {
    Ok::<_, String>(n);
}

fn main() {}
