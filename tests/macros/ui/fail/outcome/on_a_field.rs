use reliability_core::Outcome;

#[derive(Outcome)]
enum Fault {
    One(#[outcome(inner)] u32),
}

fn main() {}
