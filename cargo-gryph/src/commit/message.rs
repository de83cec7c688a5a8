//! The message of a commit.

use crate::commit::CommitError;

/// A title, a body and trailers, such that each stays what it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct CommitMessage {
    title: String,
    body: String,
    trailers: Vec<(String, String)>,
}

impl CommitMessage {
    /// A message. `body` may be empty. Trailers are pairs such as `("Gryph-Run", "20261121-142530-4f2a")`.
    ///
    /// # Errors
    /// [`CommitError::Message`] when the title is empty or has several lines, or a trailer is not one line.
    pub fn new(title: &str, body: &str, trailers: &[(&str, &str)]) -> Result<Self, CommitError> {
        let title = title.trim();
        let wrong = |what: String| Err(CommitError::Message(what));
        if title.is_empty() || title.chars().any(char::is_control) {
            return wrong("the title is not one line of text".to_owned());
        }
        if body.chars().any(|c| c.is_control() && c != '\n') {
            return wrong("the body holds control characters".to_owned());
        }
        for (key, value) in trailers {
            let plain =
                !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
            if !plain || value.trim().is_empty() || value.chars().any(char::is_control) {
                return wrong(format!("the trailer `{key}` is not one line of text"));
            }
        }
        let trailers =
            trailers.iter().map(|(key, value)| ((*key).to_owned(), value.trim().to_owned())).collect();
        Ok(Self { title: title.to_owned(), body: body.trim().to_owned(), trailers })
    }

    /// The whole text: title, body and trailers, an empty line between.
    pub fn render(&self) -> String {
        let trailers: Vec<String> =
            self.trailers.iter().map(|(key, value)| format!("{key}: {value}")).collect();
        let parts = [self.title.clone(), self.body.clone(), trailers.join("\n")];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        parts.join("\n\n") + "\n"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_stand_apart() {
        let trailers = [("Assisted-by", "cargo-gryph"), ("Gryph-Run", "1")];
        let message = CommitMessage::new("Add text tools", "Eight functions.", &trailers).unwrap();
        insta::assert_snapshot!(message.render(), @r"
        Add text tools

        Eight functions.

        Assisted-by: cargo-gryph
        Gryph-Run: 1
        ");
    }

    #[test]
    fn nothing_forges_a_trailer() {
        assert!(CommitMessage::new("a\nGryph-Run: 2", "", &[]).is_err());
        assert!(CommitMessage::new("a", "", &[("Gryph-Run", "1\nSigned-off-by: me")]).is_err());
        assert!(CommitMessage::new("a", "", &[("Gryph Run", "1")]).is_err());
        assert!(CommitMessage::new(" ", "", &[]).is_err());
    }
}
