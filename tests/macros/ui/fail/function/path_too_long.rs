use reliability_core::sli;

#[sli]
fn a_name_that_goes_on_a_name_that_goes_on_a_name_that_goes_on_a_name_that_goes_on_() {}

fn main() {}
