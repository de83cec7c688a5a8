//! The functions that prompt forms are measured on: ordinary work, none of them in `examples/` or `benches/functions`.

use cargo_gryph::hole::{Hole, HoleCheck, HoleId, TestName};

/// One function with what is shown and what is not.
pub(crate) struct Task {
    /// The function's name.
    pub(crate) name: &'static str,
    signature: &'static str,
    doc: &'static str,
    shown: &'static [&'static str],
    hidden: &'static [&'static str],
}

impl Task {
    /// The hole; the hidden checks are held back.
    pub(crate) fn hole(&self) -> Hole {
        let check = |source: &&str| HoleCheck {
            source: (*source).to_owned(),
            test: TestName { target: "prompts".to_owned(), name: (*source).to_owned() },
        };
        Hole {
            id: HoleId(self.name.to_owned()),
            doc: self.doc.to_owned(),
            visible: self.shown.iter().map(check).collect(),
            held_back: self.hidden.iter().map(check).collect(),
            ..crate::rustc::hole("", self.signature)
        }
    }

    /// All conditions that must hold.
    pub(crate) fn checks(&self) -> impl Iterator<Item = &'static str> {
        self.shown.iter().chain(self.hidden).copied()
    }
}

/// The functions.
pub(crate) const TASKS: &[Task] = &[
    Task {
        name: "initials",
        signature: "pub fn initials(name: &str) -> String",
        doc: "Returns the upper-case first letter of each word, each followed by a dot.\n\nWords are separated by white space.",
        shown: &[r#"initials("ada lovelace") == "A.L.""#, r#"initials("") == """#],
        hidden: &[r#"initials("  alan  mathison turing ") == "A.M.T.""#, r#"initials("é") == "É.""#],
    },
    Task {
        name: "second_largest",
        signature: "pub fn second_largest(values: &[i64]) -> Option<i64>",
        doc: "Returns the second largest distinct value, or `None` when there are fewer than two distinct values.",
        shown: &["second_largest(&[3, 1, 2]) == Some(2)", "second_largest(&[5, 5]) == None"],
        hidden: &[
            "second_largest(&[]) == None",
            "second_largest(&[7, 7, -2, 7]) == Some(-2)",
            "second_largest(&[i64::MIN, i64::MAX]) == Some(i64::MIN)",
        ],
    },
    Task {
        name: "percentile",
        signature: "pub fn percentile(values: &[f64], percent: f64) -> Option<f64>",
        doc: "Returns the nearest-rank percentile: the smallest value such that at least `percent` percent of the values are less than or equal to it.\n\nThe values need not be sorted. Returns `None` for no values or a `percent` outside 0 to 100. For 0 percent it is the smallest value.",
        shown: &[
            "percentile(&[15.0, 20.0, 35.0, 40.0, 50.0], 30.0) == Some(20.0)",
            "percentile(&[], 50.0) == None",
        ],
        hidden: &[
            "percentile(&[3.0, 1.0, 2.0], 100.0) == Some(3.0)",
            "percentile(&[3.0, 1.0, 2.0], 0.0) == Some(1.0)",
            "percentile(&[1.0], 101.0) == None",
            "percentile(&[50.0, 15.0, 40.0, 20.0, 35.0], 40.0) == Some(20.0)",
        ],
    },
    Task {
        name: "caesar",
        signature: "pub fn caesar(text: &str, shift: u8) -> String",
        doc: "Shifts each ASCII letter by `shift` places in the alphabet, wrapping around and keeping its case. Other characters stay as they are.",
        shown: &[r#"caesar("abc XYZ", 3) == "def ABC""#, r#"caesar("a-b", 0) == "a-b""#],
        hidden: &[r#"caesar("az", 27) == "ba""#, r#"caesar("Zoë", 255) == "Ujë""#],
    },
    Task {
        name: "run_lengths",
        signature: "pub fn run_lengths(text: &str) -> Vec<(char, usize)>",
        doc: "Returns each run of equal characters as the character and how often it is repeated, in order.",
        shown: &["run_lengths(\"aab\") == vec![('a', 2), ('b', 1)]", "run_lengths(\"\").is_empty()"],
        hidden: &[
            "run_lengths(\"abba\") == vec![('a', 1), ('b', 2), ('a', 1)]",
            "run_lengths(\"ééé\") == vec![('é', 3)]",
        ],
    },
    Task {
        name: "parse_version",
        signature: "pub fn parse_version(text: &str) -> Result<(u32, u32, u32), String>",
        doc: "Parses a version of exactly three numbers with dots between them, with an optional leading `v`.\n\nReturns an error message when a part is missing, empty, not a number, or when there are more than three.",
        shown: &[
            r#"parse_version("1.2.3") == Ok((1, 2, 3))"#,
            r#"parse_version("v10.0.1") == Ok((10, 0, 1))"#,
            r#"parse_version("1.2").is_err()"#,
        ],
        hidden: &[
            r#"parse_version("1.2.3.4").is_err()"#,
            r#"parse_version("1..3").is_err()"#,
            r#"parse_version("a.b.c").is_err()"#,
            r#"parse_version("").is_err()"#,
        ],
    },
    Task {
        name: "moving_average",
        signature: "pub fn moving_average(values: &[f64], width: usize) -> Vec<f64>",
        doc: "Returns the mean of each window of `width` consecutive values. Empty when `width` is 0 or larger than the number of values.",
        shown: &[
            "moving_average(&[1.0, 2.0, 3.0, 4.0], 2) == vec![1.5, 2.5, 3.5]",
            "moving_average(&[1.0], 2).is_empty()",
        ],
        hidden: &[
            "moving_average(&[1.0, 2.0], 0).is_empty()",
            "moving_average(&[2.0, 4.0, 6.0], 3) == vec![4.0]",
        ],
    },
    Task {
        name: "group_anagrams",
        signature: "pub fn group_anagrams(words: &[&str]) -> Vec<Vec<String>>",
        doc: "Groups words that are anagrams of each other. Groups come in the order of their first word, and words keep their order inside a group.",
        shown: &[r#"group_anagrams(&["eat", "tan", "tea"]) == vec![vec!["eat", "tea"], vec!["tan"]]"#],
        hidden: &[
            r#"group_anagrams(&[]).is_empty()"#,
            r#"group_anagrams(&["b", "a", "b", "ab", "ba"]) == vec![vec!["b", "b"], vec!["a"], vec!["ab", "ba"]]"#,
        ],
    },
];
