use reliability_core::Outcome;

#[derive(Outcome)]
union Fault {
    one: u32,
}

fn main() {}
