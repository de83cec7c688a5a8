//! The program as it is called.

use std::process::Command;

#[test]
fn a_receipt_is_printed() {
    let output = Command::new(env!("CARGO_BIN_EXE_shop"))
        .args(["pen:120:3", "ink:450:1"])
        .output()
        .unwrap();
    assert!(output.status.success());
    let expected = include_str!("data/receipt.txt");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
}

#[test]
fn lines_are_read() {
    use shop::cart::parse_line;
    let line = parse_line("pen:120:3").unwrap();
    assert_eq!(line.name, "pen");
    assert_eq!((line.price.0, line.count), (120, 3));
    for text in ["", "pen", "pen:120", "pen:x:3", "pen:120:3:4"] {
        assert_eq!(parse_line(text), None, "{text}");
    }
}
