use reliability_core::sli;

#[sli]
fn checkout(n: u32) -> impl Future<Output = Result<u32, String>> {
    async move { n }
}

fn main() {}
