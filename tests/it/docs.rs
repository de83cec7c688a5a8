//! The documentation pages say what the code does.

use cargo_gryph::cli::exit_code::ExitCode;

#[test]
fn the_exit_code_page_lists_every_code() {
    let page = include_str!("../../docs/exit-codes.md");
    for code in ExitCode::ALL {
        let row = format!("| {} | {} | {} |", code.number(), code.title(), code.explanation());
        assert!(page.contains(&row), "docs/exit-codes.md lacks: {row}");
    }
}
