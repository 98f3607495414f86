use reliability_core::Outcome;

#[derive(Outcome)]
enum Fault {
    #[outcome(inner)]
    One(u32),
}

fn main() {}
