use reliability_core::sli;

#[sli]
fn checkout(n: u32) -> std::pin::Pin<Box<dyn Future<Output = Result<u32, String>>>> {
    Box::pin(async move { n })
}

fn main() {}
