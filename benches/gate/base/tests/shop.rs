//! The shop from outside.

use shop::cart::{Line, dearest, total};
use shop::{Money, label, read_label};

fn line(name: &str, price: u64, count: u64) -> Line {
    Line {
        name: name.to_owned(),
        price: Money(price),
        count,
    }
}

#[test]
fn labels_are_written_and_read() {
    assert_eq!(label(Money(1205)), "12.05");
    assert_eq!(label(Money(7)), "0.07");
    assert_eq!(read_label("12.05"), Some(Money(1205)));
    assert_eq!(read_label("12.5"), None);
    assert_eq!(read_label("x.05"), None);
}

#[test]
fn carts_add_up() {
    let cart = [line("pen", 120, 3), line("ink", 450, 1)];
    assert_eq!(total(&cart), Money(810));
    assert_eq!(total(&[]), Money(0));
    assert_eq!(dearest(&cart).map(|line| line.name.as_str()), Some("ink"));
    assert!(dearest(&[]).is_none());
}
