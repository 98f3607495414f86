use reliability_core::sli;

#[sli]
async fn checkout() -> std::future::Ready<Result<u32, String>> {
    std::future::ready(Ok(1))
}

fn main() {}
