use reliability_core::Outcome;

#[derive(Outcome)]
enum Fault {
    #[outcome]
    One,
    #[outcome()]
    Two,
    #[outcome = "good"]
    Three,
}

fn main() {}
