//! The list of a schema's steps in the source of a service. It grows with every step, those of people too, so that it is
//! kept apart from the text around it, as the body of a function is: it is never compared, and never a conflict.

use std::ops::Range;

/// What the list stands between.
const START: &str = "pub const STEPS: &[Step] = &[";
const END: &str = "];";
/// What stands in its place.
pub(super) const OPEN: &str = "\n";
/// Its name among the bodies of a file. No function has such a one.
pub const STEP_LIST: &str = "STEPS[]";

/// Where the list stands in a text, if the text has one.
pub(super) fn place(text: &str) -> Option<Range<usize>> {
    let starts = text.match_indices(START).map(|(at, _)| at);
    let mut starts = starts.filter(|at| text[..*at].is_empty() || text[..*at].ends_with('\n'));
    let start = starts.next()? + START.len();
    Some(start..start + text[start..].find(END)?)
}

/// A step as the list has it.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ListedStep<'a> {
    /// Its place in the order.
    pub version: u64,
    /// What it is about.
    pub name: &'a str,
    /// The name of its file.
    pub file: &'a str,
}

/// A text whose list is one of these steps; a text without a list, or with an empty one, stays as it is.
pub fn with_steps(text: &str, steps: &[ListedStep<'_>]) -> String {
    let Some((place, directory)) = place(text).and_then(|place| {
        let (path, _) = included(&text[place.clone()])?.rsplit_once('/')?;
        Some((place, path.to_owned()))
    }) else {
        return text.to_owned();
    };
    let entry = |ListedStep { version, name, file }: &ListedStep<'_>| {
        format!(
            "\n    Step {{\n        version: {version},\n        name: \"{name}\",\n        sql: \
             include_str!(\"{directory}/{file}\"),\n    }},"
        )
    };
    let list: String = steps.iter().map(entry).chain(["\n".to_owned()]).collect();
    let mut text = text.to_owned();
    text.replace_range(place, &list);
    text
}

/// A list that people may have changed, with the steps of another one that it lacks at its end.
pub fn grown(mine: &str, now: &str) -> String {
    let has = |entry: &str| entries(mine).any(|one| file(one) == file(entry));
    let lacking: Vec<&str> = entries(now).filter(|entry| !has(entry)).collect();
    if lacking.is_empty() {
        return mine.to_owned();
    }
    let mut list = spread(mine);
    for entry in lacking {
        let entry = if now.starts_with('\n') { entry.to_owned() } else { indented(entry) };
        list.push_str(&format!("    {},\n", entry.trim_start()));
    }
    list
}

/// A list with a line for each part of it: rustfmt writes a single step beside the brackets.
fn spread(list: &str) -> String {
    if list.trim().is_empty() {
        return "\n".to_owned();
    }
    if list.starts_with('\n') {
        let list = list.trim_end();
        let comma = if list.ends_with(',') { "" } else { "," };
        return format!("{list}{comma}\n");
    }
    format!("\n    {},\n", indented(list.trim()))
}

/// The lines after the first one, a step further in.
fn indented(entry: &str) -> String {
    entry.replace('\n', "\n    ")
}

/// The steps of a list, each as it is written.
fn entries(list: &str) -> impl Iterator<Item = &str> {
    list.match_indices("Step {").filter_map(|(at, _)| {
        let end = list[at..].find('}')?;
        Some(&list[at..=at + end])
    })
}

/// The path of the first file that is included in a text.
fn included(text: &str) -> Option<&str> {
    text.split_once("include_str!(")?.1.split('"').nth(1)
}

/// The name of the file of a step.
fn file(entry: &str) -> Option<&str> {
    included(entry)?.rsplit('/').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANY: &str = "//! Steps.\n\npub const STEPS: &[Step] = &[\n    Step {\n        version: 1,\n        name: \
                        \"a\",\n        sql: include_str!(\"../../migrations/0001_a.sql\"),\n    },\n    // Ours.\n    \
                        Step {\n        version: 2,\n        name: \"b\",\n        sql: \
                        include_str!(\"../../migrations/0002_b.sql\"),\n    },\n];\n";
    const ONE: &str = "pub const STEPS: &[Step] = &[Step {\n    version: 1,\n    name: \"a\",\n    sql: \
                       include_str!(\"../migrations/0001_a.sql\"),\n}];\n";

    fn listed(version: u64, name: &'static str, file: &'static str) -> ListedStep<'static> {
        ListedStep { version, name, file }
    }

    fn list(text: &str) -> &str {
        &text[place(text).unwrap()]
    }

    #[test]
    fn a_list_is_written_from_steps() {
        let steps = [listed(1, "a", "0001_a.sql"), listed(2, "b", "0002_b.sql")];
        assert_eq!(with_steps(MANY, &steps), MANY.replace("    // Ours.\n", ""));
        assert_eq!(with_steps("fn main() {}", &steps), "fn main() {}");
    }

    #[test]
    fn a_list_grows_by_what_it_lacks_and_keeps_what_people_wrote() {
        let steps =
            [listed(1, "a", "0001_a.sql"), listed(2, "b", "0002_b.sql"), listed(3, "c", "0003_c.sql")];
        let now = with_steps(MANY, &steps);
        let grown_list = grown(list(MANY), list(&now));
        let third = list(&now).split_once("    Step {\n        version: 3").unwrap().1;
        assert_eq!(grown_list, format!("{}    Step {{\n        version: 3{third}", list(MANY)));
        assert_eq!(grown(&grown_list, list(&now)), grown_list);
    }

    #[test]
    fn the_second_step_of_a_list_takes_the_first_from_beside_the_brackets() {
        let steps = [listed(1, "a", "0001_a.sql"), listed(2, "b", "0002_b.sql")];
        let now = with_steps(ONE, &steps);
        assert_eq!(grown(list(ONE), list(&now)), list(&now));
        assert_eq!(
            grown("", list(ONE)).trim(),
            list(&now).split_once("    Step {\n        version: 2").unwrap().0.trim()
        );
    }
}
