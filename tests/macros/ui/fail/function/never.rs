use reliability_core::sli;

#[sli]
fn checkout() -> ! {
    loop {}
}

fn main() {}
