//! The embedded templates of one kind of project.

use minijinja::syntax::SyntaxConfig;
use minijinja::{AutoEscape, Environment, UndefinedBehavior, Value};

use crate::embedded;

use super::ScaffoldError;

/// Renders the templates below one folder. Values are not escaped: the specification let only harmless ones through.
pub(super) struct Templates<'t> {
    environment: Environment<'t>,
    folder: &'t str,
}

impl<'t> Templates<'t> {
    /// The templates of a folder. An unknown value in one is an error, not an empty text.
    pub(super) fn new(folder: &'t str) -> Result<Self, ScaffoldError> {
        Self::over(folder, embedded::TEMPLATES.iter().copied())
    }

    /// The same with other texts: those of [`renamed`].
    pub(super) fn over(
        folder: &'t str,
        templates: impl IntoIterator<Item = (&'t str, &'t str)>,
    ) -> Result<Self, ScaffoldError> {
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.add_filter("join", minijinja::filters::join);
        environment.add_filter("length", minijinja::filters::length);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        for (name, text) in templates {
            if let Ok(syntax) = syntax(name) {
                environment.set_syntax(syntax);
            }
            environment
                .add_template(name, text)
                .map_err(|source| ScaffoldError::Template { name: name.to_owned(), source })?;
        }
        Ok(Self { environment, folder })
    }

    /// Renders `templates/<folder>/<name>.tmpl`, or the library's template where the folder has none of its own.
    pub(super) fn render(&self, name: &str, values: Value) -> Result<String, ScaffoldError> {
        let full = format!("{}/{name}.tmpl", self.folder);
        let template = self
            .environment
            .get_template(&full)
            .or_else(|_| self.environment.get_template(&format!("library/{name}.tmpl")))
            .map_err(|_| ScaffoldError::NoTemplate(full.clone()))?;
        template.render(values).map_err(|source| ScaffoldError::Template { name: full, source })
    }
}

/// Pages are templates themselves when the service is built, so that what we fill in stands in brackets of another kind.
fn syntax(name: &str) -> Result<SyntaxConfig, minijinja::Error> {
    let mut syntax = SyntaxConfig::builder();
    syntax.trim_blocks(true).lstrip_blocks(true).keep_trailing_newline(true);
    if name.ends_with(".html.tmpl") {
        syntax.variable_delimiters("[[", "]]").block_delimiters("[%", "%]").comment_delimiters("[#", "#]");
    }
    syntax.build()
}

/// The embedded templates with some paths of Rust written otherwise, because what they name lies elsewhere. Only templates
/// are changed, never what a specification says.
pub(super) fn renamed(names: &[(&str, &str)]) -> Vec<(&'static str, String)> {
    let rename =
        |text: &str| names.iter().fold(text.to_owned(), |text, (before, after)| text.replace(before, after));
    embedded::TEMPLATES.iter().map(|(name, text)| (*name, rename(text))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_named_is_written_otherwise() {
        let renamed = renamed(&[("crate::platform::", "platform::")]);
        let text = |name: &str| {
            let found = renamed.iter().find(|(known, _)| *known == name);
            found.map(|(_, text)| text.clone()).unwrap_or_default()
        };
        let routes = text("service/part/routes.rs.tmpl");
        assert!(routes.contains("use platform::http") && !routes.contains("crate::platform"));
        assert_eq!(renamed.len(), embedded::TEMPLATES.len());
    }
}
