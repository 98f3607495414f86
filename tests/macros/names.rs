//! Names computed from paths, and names that two SLIs claim.

use reliability_core::{CatalogueError, catalogue, sli};

use crate::common::{counts, good_of};

mod r#async {
    #[reliability_core::sli]
    pub(super) fn __get_cart_v2_() {}
}

#[sli]
fn r#type() -> u32 {
    1
}

#[sli]
#[allow(non_snake_case)]
fn getCart() {}

#[test]
fn a_name_is_its_path() {
    r#async::__get_cart_v2_();
    getCart();
    assert_eq!(r#type(), 1);
    for name in ["macros-names-async-get-cart-v2", "macros-names-type", "macros-names-getcart"] {
        assert_eq!(counts(name), good_of(1, 1));
    }
}

struct A;
struct B;

impl A {
    #[sli]
    #[allow(dead_code, clippy::missing_const_for_fn)]
    fn twin() {}
}

impl B {
    #[sli]
    #[allow(dead_code, clippy::missing_const_for_fn)]
    fn twin() {}
}

#[test]
fn two_slis_of_one_name_are_found_with_both_places() {
    let errors = catalogue().check().expect_err("the twins").0;
    assert_eq!(errors.len(), 1, "{errors:?}");
    let CatalogueError::Duplicate { name, first: Some(first), second: Some(second) } = &errors[0] else {
        panic!("{errors:?}");
    };
    assert_eq!(name, "macros-names-twin");
    assert!(first.file.ends_with("names.rs") && first.line < second.line);
}
