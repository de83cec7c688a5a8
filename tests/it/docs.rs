//! The documentation pages say what the code does.

use cargo_gryph::cli::exit_code::ExitCode;
use cargo_gryph::spec::service::Security;

#[test]
fn the_exit_code_page_lists_every_code() {
    let page = include_str!("../../docs/exit-codes.md");
    for code in ExitCode::ALL {
        let row = format!("| {} | {} | {} |", code.number(), code.title(), code.explanation());
        assert!(page.contains(&row), "docs/exit-codes.md lacks: {row}");
    }
}

#[test]
fn the_specification_page_says_what_each_level_of_security_demands() {
    let page = include_str!("../../docs/spec.md");
    for level in [Security::Low, Security::Medium, Security::High, Security::Critical] {
        let (longest, default) = (level.longest_access_token(), level.default_access_token());
        let demands = level.demands().join(" ");
        let row = format!("| `{}` | {longest} | {default} | {demands} |", level.as_str());
        assert!(page.contains(&row), "docs/spec.md lacks: {row}");
    }
}
