use reliability_core::sli;

struct Cart<T>(T);

impl<T: Clone> Cart<T> {
    #[sli]
    fn checkout(&self) -> T {
        self.0.clone()
    }
}

fn main() {
    Cart(1).checkout();
}
