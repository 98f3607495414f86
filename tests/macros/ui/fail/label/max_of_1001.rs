use reliability_core::sli;

#[sli(labels(tenant = tenant, max = 1001))]
fn checkout(tenant: &str) { let _ = tenant; }

fn main() {}
