use reliability_core::Flag;

static NEW: Flag = Flag::on("new");

#[reliability_core::flag(NEW, otherwise = old, key = 1.5)]
fn checkout() {}
fn old() {}

fn main() {}
