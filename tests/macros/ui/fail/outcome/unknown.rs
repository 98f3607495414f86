use reliability_core::Outcome;

#[derive(Outcome)]
enum Fault {
    #[outcome(fine)]
    One,
    #[outcome(level = 3)]
    Two,
}

fn main() {}
