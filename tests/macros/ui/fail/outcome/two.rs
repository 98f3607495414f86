use reliability_core::Outcome;

#[derive(Outcome)]
enum Fault {
    #[outcome(good, bad)]
    One,
    #[outcome(good)]
    #[outcome(shed)]
    Two,
}

fn main() {}
