trait Shop {
    #[reliability_core::flag(NEW, otherwise = Self::old)]
    fn checkout(&self);
    fn old(&self);
}

fn main() {}
