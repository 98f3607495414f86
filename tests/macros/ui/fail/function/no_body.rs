use reliability_core::sli;

trait Shop {
    #[sli]
    fn checkout(&self);
}

fn main() {}
