use reliability_core::sli;

#[sli(objective = "99%")]
#[sli(latency = "99% < 1s")]
fn checkout() {}

fn main() {
    checkout();
}
