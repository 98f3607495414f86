use reliability_core::sli;

type Boxed<T> = std::pin::Pin<Box<dyn Future<Output = T>>>;
#[sli]
fn checkout() -> Boxed<u32> {
    Box::pin(async { 1 })
}

fn main() {}
