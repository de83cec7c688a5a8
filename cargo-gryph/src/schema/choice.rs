//! One type for several: each body of a function that returns `impl Trait` has a type of its own, and one of them is
//! chosen when it runs.

/// The traits that a choice has if both of its types have them; auto traits pass through it.
pub(crate) const TRAITS: [&str; 9] = [
    "Iterator",
    "DoubleEndedIterator",
    "ExactSizeIterator",
    "FusedIterator",
    "Clone",
    "Debug",
    "Display",
    "Send",
    "Sync",
];

/// The type, for the module of a switch. That module calls the standard library `gstd`.
pub(crate) const TYPE: &str = r#"
    #[derive(Clone)]
    pub enum Choice<A, B> { One(A), Other(B) }
    impl<A, B> self::gstd::iter::Iterator for Choice<A, B>
    where A: self::gstd::iter::Iterator, B: self::gstd::iter::Iterator<Item = A::Item> {
        type Item = A::Item;
        fn next(&mut self) -> self::gstd::option::Option<A::Item> {
            match self { Choice::One(of) => of.next(), Choice::Other(of) => of.next() }
        }
        fn size_hint(&self) -> (usize, self::gstd::option::Option<usize>) {
            match self { Choice::One(of) => of.size_hint(), Choice::Other(of) => of.size_hint() }
        }
    }
    impl<A, B> self::gstd::iter::DoubleEndedIterator for Choice<A, B>
    where A: self::gstd::iter::DoubleEndedIterator, B: self::gstd::iter::DoubleEndedIterator<Item = A::Item> {
        fn next_back(&mut self) -> self::gstd::option::Option<A::Item> {
            match self { Choice::One(of) => of.next_back(), Choice::Other(of) => of.next_back() }
        }
    }
    impl<A, B> self::gstd::iter::ExactSizeIterator for Choice<A, B>
    where A: self::gstd::iter::ExactSizeIterator, B: self::gstd::iter::ExactSizeIterator<Item = A::Item> {
        fn len(&self) -> usize {
            match self { Choice::One(of) => of.len(), Choice::Other(of) => of.len() }
        }
    }
    impl<A, B> self::gstd::iter::FusedIterator for Choice<A, B>
    where A: self::gstd::iter::FusedIterator, B: self::gstd::iter::FusedIterator<Item = A::Item> {}
    impl<A: self::gstd::fmt::Debug, B: self::gstd::fmt::Debug> self::gstd::fmt::Debug for Choice<A, B> {
        fn fmt(&self, f: &mut self::gstd::fmt::Formatter<'_>) -> self::gstd::fmt::Result {
            match self { Choice::One(of) => of.fmt(f), Choice::Other(of) => of.fmt(f) }
        }
    }
    impl<A: self::gstd::fmt::Display, B: self::gstd::fmt::Display> self::gstd::fmt::Display for Choice<A, B> {
        fn fmt(&self, f: &mut self::gstd::fmt::Formatter<'_>) -> self::gstd::fmt::Result {
            match self { Choice::One(of) => of.fmt(f), Choice::Other(of) => of.fmt(f) }
        }
    }
"#;

/// `value` as the `index`th of `count` alternatives, in a balanced tree of choices of this path.
pub(crate) fn chosen(path: &str, index: usize, count: usize, value: &str) -> String {
    if count <= 1 {
        return value.to_owned();
    }
    let half = count / 2;
    let (which, inner) = if index < half {
        ("One", chosen(path, index, half, value))
    } else {
        ("Other", chosen(path, index - half, count - half, value))
    };
    format!("{path}::{which}({inner})")
}

#[cfg(test)]
mod tests {
    use super::chosen;

    #[test]
    fn each_alternative_has_a_place_of_its_own() {
        let all: Vec<String> = (0..3).map(|index| chosen("C", index, 3, "x")).collect();
        assert_eq!(all, ["C::One(x)", "C::Other(C::One(x))", "C::Other(C::Other(x))"]);
        assert_eq!(chosen("C", 0, 1, "x"), "x");
    }
}
