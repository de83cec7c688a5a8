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
        let mut environment = Environment::empty();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        environment.add_filter("join", minijinja::filters::join);
        environment.add_filter("length", minijinja::filters::length);
        environment.set_auto_escape_callback(|_| AutoEscape::None);
        for (name, text) in embedded::TEMPLATES {
            if let Ok(syntax) = syntax(name) {
                environment.set_syntax(syntax);
            }
            environment
                .add_template(name, text)
                .map_err(|source| ScaffoldError::Template { name: (*name).to_owned(), source })?;
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
