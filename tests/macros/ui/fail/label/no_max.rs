use reliability_core::sli;

#[sli(labels(tenant = tenant))]
fn checkout(tenant: &str) { let _ = tenant; }

fn main() {}
