use reliability_core::Outcome;

#[derive(Outcome)]
enum Fault {
    #[outcome(inner)]
    One,
}

fn main() {}
