//! The size of a line diff, by the longest common subsequence.

pub fn edit_script_length(old: &[&str], new: &[&str]) -> usize {
    // `common[j]` is the length of the longest common subsequence of the old lines so far and the first `j` new ones.
    let mut common = vec![0; new.len() + 1];
    for line in old {
        let before = common.clone();
        for (j, other) in new.iter().enumerate() {
            common[j + 1] = if line == other { before[j] + 1 } else { before[j + 1].max(common[j]) };
        }
    }
    old.len() + new.len() - 2 * common[new.len()]
}
