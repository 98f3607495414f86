use reliability_core::Ladder;

static HOME: Ladder = Ladder::new("home", &["full"]);

fn main() {}
