//! Finds the specification inside a Markdown file, so that byte offsets still fit the file.

use super::problem::Problems;

/// The TOML of a file, with everything else blanked out, and the prose around it.
pub(super) struct Document {
    pub(super) toml: String,
    /// The TOML alone, without what is blanked out.
    pub(super) alone: String,
    pub(super) prose: String,
}

/// Splits a file. Files whose name does not end in `.md` or `.markdown` are TOML as a whole.
pub(super) fn document(text: &str, file: &str, problems: &mut Problems<'_>) -> Document {
    let lower = file.to_lowercase();
    if !lower.ends_with(".md") && !lower.ends_with(".markdown") {
        return Document { toml: text.to_owned(), alone: text.to_owned(), prose: String::new() };
    }
    let mut parts = Parts::default();
    for line in text.split_inclusive('\n') {
        parts.take(line);
    }
    if parts.blocks.len() != 1 || parts.fence == Fence::Toml {
        let place = parts.blocks.get(1).or(parts.blocks.first()).copied().unwrap_or(0);
        let message = match (parts.blocks.len(), &parts.fence) {
            (0, _) => "no fenced `toml` block in this file".to_owned(),
            (1, _) => "the fenced `toml` block is not closed".to_owned(),
            (more, _) => format!("{more} fenced `toml` blocks in this file, where one is expected"),
        };
        problems.report(place..place, message, "put the specification between ```toml and ```");
    }
    Document { toml: parts.toml, alone: parts.alone, prose: parts.prose.trim().to_owned() }
}

#[derive(Default, PartialEq, Eq)]
enum Fence {
    #[default]
    None,
    Toml,
    Other,
}

#[derive(Default)]
struct Parts {
    toml: String,
    alone: String,
    prose: String,
    fence: Fence,
    /// Where each `toml` block begins.
    blocks: Vec<usize>,
}

impl Parts {
    fn take(&mut self, line: &str) {
        let mark = line.trim();
        match self.fence {
            Fence::None if mark.starts_with("```") => {
                let language = mark.trim_start_matches('`').trim();
                if language.eq_ignore_ascii_case("toml") {
                    self.blocks.push(self.toml.len());
                    self.fence = Fence::Toml;
                } else {
                    self.fence = Fence::Other;
                    self.prose.push_str(line);
                }
                self.blank(line);
            }
            Fence::Toml if mark == "```" => {
                self.fence = Fence::None;
                self.blank(line);
            }
            Fence::Toml if self.blocks.len() == 1 => {
                self.toml.push_str(line);
                self.alone.push_str(line);
            }
            Fence::Toml => self.blank(line),
            Fence::None | Fence::Other => {
                if self.fence == Fence::Other && mark == "```" {
                    self.fence = Fence::None;
                }
                self.prose.push_str(line);
                self.blank(line);
            }
        }
    }

    /// Keeps the length and the line ends, so that offsets, lines and columns stay those of the file.
    fn blank(&mut self, line: &str) {
        self.toml.extend(line.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, problem: Option<&str>) -> Document {
        let mut problems = Problems::new("spec.md", text);
        let document = document(text, "spec.md", &mut problems);
        assert_eq!(document.toml.len(), text.len(), "offsets moved in {text:?}");
        let found = problems.finish();
        assert_eq!(found.first().map(|found| found.message.as_str()), problem, "{text:?}");
        document
    }

    #[test]
    fn one_block_is_found_with_its_offsets_and_the_prose_is_kept() {
        let text = "# Wünsche\n```rust\nfn x() {}\n```\n```toml\nspec = 1\n```\nEnd.\n";
        let document = check(text, None);
        assert_eq!(document.toml.find("spec = 1"), text.find("spec = 1"));
        assert_eq!(document.toml.trim(), "spec = 1");
        assert_eq!(document.prose, "# Wünsche\n```rust\nfn x() {}\n```\nEnd.");
    }

    #[test]
    fn no_block_two_blocks_and_an_open_block_are_problems() {
        check("only prose", Some("no fenced `toml` block in this file"));
        check(
            "```toml\n```\n```toml\n```\n",
            Some("2 fenced `toml` blocks in this file, where one is expected"),
        );
        check("```toml\nspec = 1\n", Some("the fenced `toml` block is not closed"));
    }
}
