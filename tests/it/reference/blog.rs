//! Hand-written bodies for `examples/specs/blog.toml`: they prove that its examples agree with each other.

mod excerpt {
    fn teaser() {
        let text = body.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.chars().count() <= 120 {
            return text;
        }
        let kept: String = text.chars().take(119).collect();
        format!("{}…", kept.trim_end())
    }
}
