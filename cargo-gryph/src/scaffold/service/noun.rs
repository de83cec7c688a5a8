//! The names of a thing: in Rust, in SQL, and in a sentence.

use minijinja::{Value, context};

use crate::plan::asked::article;

/// A thing of the specification by its name in snake case.
pub(super) fn noun(name: &str, plural: &str) -> Value {
    let (label, labels) = (name.replace('_', " "), plural.replace('_', " "));
    context! {
        name => name,
        plural => plural,
        ty => type_name(name),
        tys => type_name(plural),
        constant => name.to_uppercase(),
        label => label.clone(),
        labels => labels.clone(),
        a => format!("{} {label}", article(&label)),
        A => capitalised(&format!("{} {label}", article(&label))),
        a_snake => format!("{}_{name}", article(&label)),
        Labels => capitalised(&labels),
    }
}

/// As a type is called: `order_line` → `OrderLine`.
pub(super) fn type_name(name: &str) -> String {
    name.split('_').map(capitalised).collect()
}

/// With its first letter large.
pub(super) fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn things_have_types() {
        assert_eq!(type_name("order_line"), "OrderLine");
    }
}
