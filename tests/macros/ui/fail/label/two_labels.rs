use reliability_core::sli;

#[sli(labels(tenant = tenant, region = tenant, max = 3))]
fn checkout(tenant: &str) { let _ = tenant; }

fn main() {}
