//! How far two names are from each other.

/// The number of letters to insert, delete, replace or swap with their neighbour to make one name the other
/// (optimal string alignment, Damerau 1964), `None` where it is more than `limit`. Case counts for nothing.
pub(crate) fn distance(left: &str, right: &str, limit: usize) -> Option<usize> {
    let letters = |name: &str| name.chars().flat_map(char::to_lowercase).collect::<Vec<char>>();
    let (left, right) = (letters(left), letters(right));
    if left.len().abs_diff(right.len()) > limit {
        return None;
    }
    let mut before: Vec<usize> = Vec::new();
    let mut above: Vec<usize> = (0..=right.len()).collect();
    for row in 1..=left.len() {
        let current = next_row(&left, &right, row, &before, &above);
        if current.iter().min().is_some_and(|least| *least > limit) {
            return None;
        }
        before = std::mem::replace(&mut above, current);
    }
    above.last().copied().filter(|distance| *distance <= limit)
}

/// A row of the table of distances, from the two above it.
fn next_row(left: &[char], right: &[char], row: usize, before: &[usize], above: &[usize]) -> Vec<usize> {
    let mut current = vec![row];
    for column in 1..=right.len() {
        let is_same = left[row - 1] == right[column - 1];
        let mut least =
            (above[column - 1] + usize::from(!is_same)).min(above[column] + 1).min(current[column - 1] + 1);
        let is_swap =
            row > 1 && column > 1 && left[row - 1] == right[column - 2] && left[row - 2] == right[column - 1];
        if is_swap {
            least = least.min(before[column - 2] + 1);
        }
        current.push(least);
    }
    current
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn a_distance_counts_letters() {
        let check = |left, right, expect| assert_eq!(distance(left, right, 3), expect, "{left} {right}");
        check("next_line", "next_line", Some(0));
        check("next_line", "nextLine", Some(1));
        check("nxet", "next", Some(1));
        check("", "abc", Some(3));
        check("kitten", "sitting", Some(3));
        check("parse", "write", None);
        check("a", "abcdef", None);
    }
}
