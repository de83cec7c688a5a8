//! The example specifications: what they scaffold compiles, and a hand-written body for every function passes.

use cargo_gryph::{plan, scaffold, spec};

#[test]
fn every_example_specification_is_planned_and_scaffolded() {
    for name in ["textkit"] {
        let file = format!("{}/examples/specs/{name}.toml", env!("CARGO_MANIFEST_DIR"));
        let text = std::fs::read_to_string(&file).unwrap();
        let spec = spec::parse(&text, &file).unwrap_or_else(|problems| {
            panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        });
        let scaffold = scaffold::scaffold(&plan::plan(&spec)).unwrap();
        assert_eq!(scaffold.holes().len(), spec.functions.len());
    }
}
