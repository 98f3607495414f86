use reliability_core::sli;

#[sli]
fn checkout(n: u32) {
    n
}

fn main() {}
