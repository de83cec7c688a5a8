//! What a repair may never do: change tests, build scripts or manifests, hide an error, or loosen a lint.

use crate::patch::{Edit, Patch};
use crate::schema::{on_deep_stack, test_code};
use crate::tree::{Tree, TreePath};

use super::ground::Ground;

/// Texts that hide an error instead of repairing it, or that nobody but a person should write.
const HIDING: [&str; 14] = [
    "todo!",
    "unimplemented!",
    "panic!",
    "unreachable!",
    "unsafe",
    ".unwrap()",
    ".expect(",
    "#![",
    "#[allow",
    "#[expect",
    "#[ignore",
    "#[cfg",
    "cfg!(",
    "include",
];

/// Whether an offer keeps its hands off what is not its to change.
pub(super) fn allows(ground: &Ground<'_>, patch: &Patch) -> bool {
    !patch.edits.is_empty() && patch.edits.iter().all(|edit| allows_edit(ground, edit))
}

fn allows_edit(ground: &Ground<'_>, edit: &Edit) -> bool {
    let Some(sheet) = ground.sheet(&edit.span.path) else { return false };
    let Some(before) = sheet.text.get(edit.span.range.clone()) else { return false };
    let range = &edit.span.range;
    let outside = sheet.tests.iter().all(|test| range.end <= test.start || test.end <= range.start);
    is_editable(&edit.span.path) && outside && !hides(before, &edit.replacement)
}

/// Whether a text holds more of what hides errors than the one it replaces.
pub(super) fn hides(before: &str, after: &str) -> bool {
    HIDING.iter().any(|word| after.matches(word).count() > before.matches(word).count())
}

/// Whether a file is source code that is not test code as a whole.
pub fn is_editable(path: &TreePath) -> bool {
    let mut parts: Vec<&str> = path.as_str().split('/').collect();
    let name = parts.pop().unwrap_or_default();
    let source = parts.iter().position(|part| *part == "src").unwrap_or(parts.len());
    let outside = parts[..source].iter().any(|part| matches!(*part, "tests" | "benches" | "examples"));
    let tests = parts[source..].iter().any(|part| matches!(*part, "tests" | "test")) || name == "tests.rs";
    name.ends_with(".rs") && name != "build.rs" && !outside && !tests
}

/// Whether a patched tree is one that may be built: what was changed parses, and its tests are as they were.
pub fn admits(base: &Tree, patched: &Tree) -> bool {
    let changed = |(path, bytes): &(&TreePath, &[u8])| base.get(path) != Some(*bytes);
    patched.files().filter(changed).all(|(path, _)| {
        let (Some(before), Some(after)) = (base.text(path), patched.text(path)) else { return false };
        is_editable(path) && on_deep_stack(|| same_tests(before, after)).unwrap_or(false)
    })
}

fn same_tests(before: &str, after: &str) -> bool {
    match test_code(before) {
        Ok(tests) => test_code(after).is_ok_and(|kept| kept == tests),
        // The file could not be parsed before: its tests are what stands from the first test attribute on.
        Err(_) => {
            let tail = |text: &str| text.find("#[cfg(test)]").map(|at| text[at..].to_owned());
            tail(before) == tail(after)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::ground::sheets;
    use super::*;

    const TEXT: &str = "pub fn one() -> u8 { 1 }\n#[cfg(test)]\nmod tests {\n    fn two() -> u8 { 2 }\n}\n";

    fn allowed(path: &str, find: &str, replacement: &str) -> bool {
        let path = TreePath::new(path).unwrap();
        let mut tree = Tree::new();
        tree.insert(path.clone(), TEXT);
        let sheets = sheets(&tree);
        let start = TEXT.find(find).unwrap();
        allows(&Ground::new(&sheets), &Patch::replace(path, start..start + find.len(), replacement))
    }

    #[test]
    fn offers_keep_to_sources_outside_of_tests() {
        assert!(allowed("src/lib.rs", "{ 1 }", "{ 3 }"));
        assert!(!allowed("src/lib.rs", "{ 2 }", "{ 3 }"));
        for path in [
            "tests/a.rs",
            "benches/a.rs",
            "build.rs",
            "examples/a.rs",
            "src/tests.rs",
            "src/tests/a.rs",
            "a/tests/src/b.rs",
        ] {
            assert!(!allowed(path, "{ 1 }", "{ 3 }"), "{path}");
        }
        assert!(allowed("crates/a/src/deep/b.rs", "{ 1 }", "{ 3 }"));
    }

    #[test]
    fn offers_that_hide_an_error_are_refused() {
        for text in [
            "{ todo!() }",
            "{ panic!() }",
            "{ unsafe { 1 } }",
            "{ f().unwrap() }",
            "{ #[allow(unused)] 1 }",
            "{ unreachable!() }",
            "{ #[cfg(x)] 1 }",
            "{ f().expect(\"x\") }",
        ] {
            assert!(!allowed("src/lib.rs", "{ 1 }", text), "{text}");
        }
        // What stands there already may stay.
        assert!(!hides("a.unwrap()", "b.unwrap()"));
    }
}
