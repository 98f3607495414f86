use reliability_core::sli;

#[sli(labels(tenant, max = 3))]
fn checkout(tenant: &str) { let _ = tenant; }

fn main() {}
