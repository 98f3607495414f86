use reliability_core::sli;

#[sli(labels(tenant = tenant, max = 0))]
fn checkout(tenant: &str) { let _ = tenant; }

fn main() {}
