use reliability_core::Outcome;

#[derive(Outcome)]
#[outcome(inner)]
struct Fault(u32, u32);

fn main() {}
