use reliability_core::Outcome;

#[derive(Outcome)]
#[outcome(crate = reliability_core, crate = reliability_core)]
enum Fault {
    One,
}

fn main() {}
