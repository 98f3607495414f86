use reliability_core::sli;

#[sli]
fn checkout<I: Iterator>(mut items: I) -> Result<I::Item, String> { items.next().ok_or_else(String::new) }

fn main() {}
