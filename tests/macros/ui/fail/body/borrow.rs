use reliability_core::sli;

#[sli]
fn checkout(text: String) -> usize {
    drop(text);
    text.len()
}

fn main() {}
