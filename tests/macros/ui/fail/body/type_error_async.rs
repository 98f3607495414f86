use reliability_core::sli;

#[sli]
async fn checkout(n: u32) -> Result<u32, String> {
    if n > 3 {
        return Ok("three");
    }
    n
}

fn main() {}
