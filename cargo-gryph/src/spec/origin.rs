//! Where a line of a merged specification comes from: problems of the whole are told at the file that holds them.

use super::merge::KEPT;
use super::problem::Problem;

/// Moves problems of a merged text to the lines of what was merged: those of the specification are said of [`KEPT`], those
/// of the fragment of `file`. A problem of a line that stands in neither keeps its place.
pub fn told_at_origin(
    problems: Vec<Problem>,
    merged: &str,
    base: &str,
    fragment: &str,
    file: &str,
) -> Vec<Problem> {
    let [merged, base, fragment] = [merged, base, fragment].map(|text| text.lines().collect::<Vec<_>>());
    let kept = kept(&merged, &base);
    let moved = |problem: Problem| {
        let index = problem.line.saturating_sub(1);
        match kept.get(index) {
            Some(Some(line)) => Problem { file: KEPT.to_owned(), line: line + 1, ..problem },
            Some(None) => match added(&merged, &kept, &fragment, index) {
                Some(line) => Problem { file: file.to_owned(), line: line + 1, ..problem },
                None => problem,
            },
            None => problem,
        }
    };
    problems.into_iter().map(moved).collect()
}

/// For each line of the whole the line of the base that it is. A fragment's tables stand together, and no table of it
/// begins like what follows them there; so the next line of the base that fits is that line.
fn kept(merged: &[&str], base: &[&str]) -> Vec<Option<usize>> {
    let mut next = 0;
    let mut of = |line: &&str| {
        let is_kept = base.get(next) == Some(line);
        next += usize::from(is_kept);
        is_kept.then(|| next - 1)
    };
    merged.iter().map(&mut of).collect()
}

/// The line of the fragment that a line of the whole is: where most lines before it are the same too.
fn added(merged: &[&str], kept: &[Option<usize>], fragment: &[&str], index: usize) -> Option<usize> {
    let run = |line: usize| {
        let pairs = (0..=line.min(index)).take_while(|back| {
            kept[index - back].is_none() && merged[index - back].trim() == fragment[line - back].trim()
        });
        pairs.count()
    };
    let (length, line) = (0..fragment.len()).map(|line| (run(line), std::cmp::Reverse(line))).max()?;
    (length > 0).then_some(line.0)
}

#[cfg(test)]
mod tests {
    use super::super::{merge, parse};
    use super::*;

    const BASE: &str = "spec = 1\n[project]\nname = \"kit\"\nkind = \"library\"\nsummary = \"A kit\"\n\n\
        [[function]]\npath = \"a::one\"\nsignature = \"pub fn one() -> u32\"\ndoc = \"One.\"\n\
        examples = ['one() == 1']\n\n[quality]\nline-coverage = 90\n";

    fn told(base: &str, fragment: &str, file: &str) -> Vec<(String, usize, usize)> {
        let merged = merge(base, fragment, file).unwrap();
        let problems = parse(&merged, "both").unwrap_err();
        let problems = told_at_origin(problems, &merged, base, fragment, file);
        problems.into_iter().map(|problem| (problem.file, problem.line, problem.column)).collect()
    }

    #[test]
    fn a_problem_of_the_whole_is_told_where_its_line_was_written() {
        let good = "[[function]]\npath = \"a::two\"\nsignature = \"pub fn two() -> u32\"\ndoc = \"Two.\"\n\
            examples = ['two() == 2']\n";
        let bad = good.replace("doc = \"Two.\"", "doc = \"\"").replace("two", "three");
        let of = |file: &str, line, column| vec![(file.to_owned(), line, column)];
        assert_eq!(told(BASE, &bad, "b.toml"), of("b.toml", 4, 7));
        assert_eq!(told(BASE, &format!("\n{good}\n{bad}"), "b.toml"), of("b.toml", 11, 7));
        assert_eq!(told(BASE, &format!("# More\n\n```toml\n{bad}```\n"), "b.md"), of("b.md", 7, 7));
        let broken = BASE.replace("line-coverage = 90", "line-coverage = 800");
        assert_eq!(told(&broken, good, "b.toml"), of(KEPT, 14, 17));
    }
}
