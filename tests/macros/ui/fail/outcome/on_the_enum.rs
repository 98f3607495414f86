use reliability_core::Outcome;

#[derive(Outcome)]
#[outcome(good)]
enum Fault {
    One,
}

fn main() {}
