//! A file without the bodies of its functions, and without its list of steps: what templates and specification give of
//! it.

use std::collections::BTreeMap;

use crate::digest::Digest;
use crate::schema::site;
use crate::tree::TreePath;

use super::step_list::{self, STEP_LIST};

/// What stands in the place of every body.
const OPEN: &str = "\n    todo!()\n";

/// A text whose functions are open, and what stood in them.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Skeleton {
    /// The text, every body replaced by the same words.
    pub text: String,
    /// The bodies by the functions' names in the file; functions that are not there are not in it. A list of steps is
    /// kept as [`STEP_LIST`].
    pub bodies: BTreeMap<String, String>,
}

impl Skeleton {
    /// Opens functions of a file. A text that does not parse has none, and stays as it is.
    pub fn of<'a>(text: &str, path: &TreePath, functions: impl IntoIterator<Item = &'a str>) -> Self {
        let found = functions.into_iter().filter_map(|name| Some((name, site(text, path, name)?.body)));
        let mut bodies: Vec<_> = found.collect();
        bodies.sort_by_key(|(_, body)| body.start);
        bodies.dedup_by_key(|(_, body)| body.start);
        let list = step_list::place(text).map(|list| (STEP_LIST, list));
        let apart = list.filter(|(_, list)| {
            bodies.iter().all(|(_, body)| body.end <= list.start || list.end <= body.start)
        });
        bodies.extend(apart);
        bodies.sort_by_key(|(_, body)| std::cmp::Reverse(body.start));
        let mut skeleton = Self { text: text.to_owned(), bodies: BTreeMap::new() };
        // From the end, so that the places before stay what they are.
        for (name, body) in bodies {
            let stood = skeleton.text.get(body.clone()).unwrap_or_default().to_owned();
            skeleton.text.replace_range(body, if name == STEP_LIST { step_list::OPEN } else { OPEN });
            skeleton.bodies.insert(name.to_owned(), stood);
        }
        skeleton
    }

    /// The digest of the text.
    pub fn digest(&self) -> Digest {
        Digest::of(self.text.as_bytes())
    }
}

/// The text with bodies in its functions; names that it does not have are passed over.
pub fn filled(text: &str, path: &TreePath, bodies: &BTreeMap<String, String>) -> String {
    let mut filled = text.to_owned();
    for (name, body) in bodies {
        let place = match name == STEP_LIST {
            true => step_list::place(&filled),
            false => site(&filled, path, name).map(|site| site.body),
        };
        if let Some(place) = place {
            filled.replace_range(place, body);
        }
    }
    filled
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEXT: &str =
        "//! Two.\n\npub fn one() -> u8 {\n    1 // { }\n}\n\nimpl S {\n    fn two(&self) -> u8 { 2 }\n}\n";

    fn path() -> TreePath {
        TreePath::new("src/lib.rs").unwrap()
    }

    #[test]
    fn bodies_are_taken_out_and_put_back_byte_for_byte() {
        let skeleton = Skeleton::of(TEXT, &path(), ["one", "S::two", "three", "one"]);
        assert_eq!(skeleton.text.matches("todo!()").count(), 2, "{}", skeleton.text);
        assert_eq!(skeleton.bodies["S::two"], " 2 ");
        assert_eq!(filled(&skeleton.text, &path(), &skeleton.bodies), TEXT);
    }

    #[test]
    fn other_bodies_do_not_change_the_digest_and_everything_else_does() {
        let digest = |text: &str| Skeleton::of(text, &path(), ["one", "S::two"]).digest();
        assert_eq!(digest(TEXT), digest(&TEXT.replace("{ 2 }", "{\n        3\n    }")));
        assert_ne!(digest(TEXT), digest(&TEXT.replace("Two.", "Three.")));
    }

    #[test]
    fn a_list_of_steps_is_taken_out_and_put_back_as_a_body_is() {
        let text = format!("{TEXT}\npub const STEPS: &[Step] = &[\n    Step {{ version: 1 }},\n];\n");
        let skeleton = Skeleton::of(&text, &path(), ["one", "S::two"]);
        assert!(skeleton.text.ends_with("\npub const STEPS: &[Step] = &[\n];\n"), "{}", skeleton.text);
        assert_eq!(filled(&skeleton.text, &path(), &skeleton.bodies), text);
        let longer = text.replace("    Step", "    Step { version: 0 },\n    Step");
        assert_eq!(Skeleton::of(&longer, &path(), ["one", "S::two"]).digest(), skeleton.digest());
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "(fn one\\(\\)|\npub const STEPS: &\\[Step\\] = &\\[|\\];|[{}();]|\\PC| ){0,40}") {
            let skeleton = Skeleton::of(&text, &path(), ["one", "two"]);
            prop_assert_eq!(filled(&skeleton.text, &path(), &skeleton.bodies), text);
        }
    }
}
