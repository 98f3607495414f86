use reliability_core::Outcome;

#[derive(Outcome)]
enum Fault {
    #[outcome(crate = reliability_core)]
    One,
}

fn main() {}
