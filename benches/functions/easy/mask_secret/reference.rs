//! Hides all but the end of a text.

pub fn mask_secret(text: &str, visible: usize) -> String {
    let length = text.chars().count();
    let hidden = length.saturating_sub(visible);
    text.chars().enumerate().map(|(index, c)| if index < hidden { '*' } else { c }).collect()
}
