//! Markdown pages become sections, one for each heading.

use std::path::Path;

use super::example::fence;
use super::place::Place;
use super::{BODY_LIMIT, ITEMS_LIMIT, SIGNATURE_LIMIT, cut};
use crate::item::{Item, Kind, Lines};

/// How deep headings are.
const LEVELS: usize = 6;

/// A section while its page is read.
struct Section {
    /// The titles from the page's on, the section's own last.
    titles: Vec<(usize, String)>,
    /// The text below the heading.
    text: String,
    /// Its first and last line, from 0.
    rows: (usize, usize),
}

/// The sections of a page that say something. A change log is history, not documentation: it has none.
pub(super) fn sections(place: &Place, path: &Path, text: &str) -> Vec<Item> {
    let file = path.file_name().unwrap_or_default().to_string_lossy();
    if file.to_ascii_lowercase().starts_with("changelog") {
        return Vec::new();
    }
    let crate_name = place.module.split("::").next().unwrap_or_default();
    let page = format!("{crate_name}::{}", path.to_string_lossy().replace('\\', "/"));
    let filled = split(text).into_iter().filter(|section| !section.text.trim().is_empty());
    filled.take(ITEMS_LIMIT).map(|section| document(&page, section)).collect()
}

impl Section {
    /// Ends the section before a line; gives back the one that begins there with a heading.
    fn next(&mut self, level: usize, title: String, first: usize) -> Self {
        if first + 1 == self.rows.1 {
            // The heading was taken for text until the line below it was seen.
            let kept = self.text.trim_end_matches('\n').rfind('\n').map_or(0, |end| end + 1);
            self.text.truncate(kept);
        }
        self.rows.1 = first.saturating_sub(1).max(self.rows.0);
        let mut titles = self.titles.clone();
        titles.retain(|(above, _)| *above < level);
        titles.push((level, title));
        Self { titles, text: String::new(), rows: (first, first) }
    }
}

/// The item of a section: `mini::README.md#Reading`, with the titles above it as signature.
fn document(page: &str, section: Section) -> Item {
    let line = |row: usize| u32::try_from(row + 1).unwrap_or(u32::MAX);
    let titles: Vec<&str> = section.titles.iter().map(|(_, title)| title.as_str()).collect();
    let file = page.rsplit(['/', ':']).next().unwrap_or(page);
    let name = titles.last().copied().unwrap_or(file);
    let anchor = titles.last().map_or_else(String::new, |title| format!("#{title}"));
    Item {
        kind: Kind::Document,
        path: format!("{page}{anchor}"),
        name: name.to_owned(),
        signature: cut(&titles.join(" > "), SIGNATURE_LIMIT).to_owned(),
        of_trait: None,
        takes: Vec::new(),
        returns: None,
        docs: String::new(),
        body: cut(section.text.trim(), BODY_LIMIT).to_owned(),
        cfg: Vec::new(),
        public: true,
        lines: Lines { first: line(section.rows.0), last: line(section.rows.1) },
    }
}

/// The sections in their order, the text before the first heading included.
fn split(text: &str) -> Vec<Section> {
    let mut sections = vec![Section { titles: Vec::new(), text: String::new(), rows: (0, 0) }];
    let mut inside: Option<&str> = None;
    for (row, line) in text.lines().enumerate() {
        let Some(last) = sections.last_mut() else { break };
        last.rows.1 = row;
        if let Some((mark, info)) = fence(line) {
            inside = match inside {
                None => Some(mark),
                Some(open) if mark.starts_with(open) && info.is_empty() => None,
                open => open,
            };
        }
        let above = last.text.lines().next_back().map(plain).filter(|above| !above.is_empty());
        let underlined = underline(line).and_then(|level| Some((level, above?)));
        match heading(line).or_else(|| underlined.clone()).filter(|_| inside.is_none()) {
            Some((level, title)) => {
                let first = row - usize::from(underlined.is_some());
                let section = last.next(level, title, first);
                sections.push(Section { rows: (first, row), ..section });
            }
            None if inside.is_none() && is_ornament(line) => {}
            None if last.text.len() < BODY_LIMIT => {
                last.text.push_str(line);
                last.text.push('\n');
            }
            None => {}
        }
    }
    sections
}

/// The level and the title of a heading.
fn heading(line: &str) -> Option<(usize, String)> {
    let title = line.trim_start_matches('#');
    let level = line.len() - title.len();
    let is_heading = (1..=LEVELS).contains(&level) && title.starts_with(' ');
    let title = plain(title.trim().trim_end_matches('#'));
    (is_heading && !title.is_empty()).then_some((level, title))
}

/// The level of the heading that the line before is, where a line only underlines it.
fn underline(line: &str) -> Option<usize> {
    let line = line.trim_end();
    let of = |mark: char| line.len() >= 3 && line.chars().all(|character| character == mark);
    if of('=') { Some(1) } else { of('-').then_some(2) }
}

/// A title without marks, images and the addresses of links.
fn plain(title: &str) -> String {
    // Badges follow the title; what comes after the first is badges too.
    let title = title.split("[![").next().unwrap_or(title).split("![").next().unwrap_or(title);
    let mut plain = String::new();
    let mut rest = title;
    while let Some((before, (address, after))) =
        rest.split_once("](").and_then(|(before, link)| Some((before, link.split_once(')')?)))
    {
        plain.push_str(if address.is_empty() { rest } else { before });
        rest = after;
    }
    plain.push_str(rest);
    let plain = plain.replace(['`', '*', '[', ']'], "").replace("&emsp;", "");
    cut(plain.trim(), SIGNATURE_LIMIT).trim().to_owned()
}

/// Whether a line only decorates: badges, the addresses of links, comments and tags of HTML.
fn is_ornament(line: &str) -> bool {
    let line = line.trim();
    let badge = line.starts_with("[![") || line.starts_with("![");
    let address = line.starts_with('[') && line.contains("]: ");
    badge || address || line.starts_with('<') && line.ends_with('>')
}
