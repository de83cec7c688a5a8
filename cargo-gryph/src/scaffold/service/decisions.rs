//! Records of decisions: why the service is made as it is, a page for each decision that was made for it.

use minijinja::{Value, context};

use crate::tree::Tree;

use super::{ScaffoldError, Writer};

impl Writer<'_> {
    /// The pages in their order: the name of the template, and what it is about.
    fn made(&self) -> Vec<(&'static str, &'static str)> {
        let all = [
            (true, "architecture", "What the parts are"),
            (true, "database", "Where rows are kept"),
            (true, "tokens", "How it is known who asks"),
            (true, "errors", "What an error looks like"),
            (!self.plan.modules.is_empty(), "rules", "Rules apart from everything else"),
            (!self.service.service.tasks.is_empty(), "jobs", "Work that is done later"),
            (self.layout.has_events(), "events", "Others learn of what happens"),
            (self.layout.has_pages(), "pages", "Pages without scripts"),
            (self.has_sockets(), "sockets", "People talk at once"),
            (self.tells_traces(), "traces", "A collector is told of requests"),
        ];
        all.into_iter().filter(|(applies, ..)| *applies).map(|(_, name, title)| (name, title)).collect()
    }

    /// What the index of the pages says.
    pub(super) fn decided(&self) -> Vec<Value> {
        let page = |(number, (name, title)): (usize, (&str, &str))| {
            context! { number => number + 1, name => name, title => title, file => file(number + 1, name) }
        };
        self.made().into_iter().enumerate().map(page).collect()
    }

    /// Writes the pages.
    pub(super) fn decisions(&self, tree: &mut Tree, common: &Value) -> Result<(), ScaffoldError> {
        for (number, (name, title)) in (1..).zip(self.made()) {
            let values = context! { number => number, title => title, ..common.clone() };
            let template = format!("with/decisions/{name}.md");
            self.add(tree, format!("docs/decisions/{}", file(number, name)), &template, &values)?;
        }
        Ok(())
    }
}

fn file(number: usize, name: &str) -> String {
    format!("{number:04}-{name}.md")
}
