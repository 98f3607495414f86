use reliability_core::sli;

struct Shop;

#[sli]
impl Shop {
    fn checkout(&self) {}
}

fn main() {
    Shop.checkout();
}
