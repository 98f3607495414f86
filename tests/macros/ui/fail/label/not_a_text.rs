use reliability_core::sli;

#[sli(labels(tenant = tenant, max = 3))]
fn checkout(tenant: u32) { let _ = tenant; }

fn main() {}
