//! The plan as a page of Markdown, with diagrams of a service.

use std::fmt::Write as _;

use super::escape::{code, markdown};
use super::service::{ServicePlan, display};
use super::{Plan, mermaid};

impl Plan {
    /// The plan as a page of Markdown. Texts of the specification cannot change its structure.
    pub fn markdown(&self) -> String {
        let mut page = Page::default();
        let project = self.whole();
        page.heading(1, &project.name);
        page.paragraph(&format!("{}.", markdown(&project.summary)));
        let kind = match &self.service {
            Some(_) => format!("{} service", project.architecture.as_str()),
            None => project.kind.as_str().to_owned(),
        };
        page.paragraph(&format!("{kind}, specification {}", code(&self.spec.short())));
        if let Some(service) = &self.service {
            page.service(service);
        }
        page.files(self);
        page.functions(self);
        page.list("Checks before anything is committed", &self.checks);
        let left_out: Vec<String> = self.left_out.iter().map(|out| out.signature.clone()).collect();
        page.list("Left out", &left_out);
        page.text
    }
}

#[derive(Default)]
struct Page {
    text: String,
}

impl Page {
    fn heading(&mut self, level: usize, title: &str) {
        let gap = if self.text.is_empty() { "" } else { "\n" };
        let _ = writeln!(self.text, "{gap}{} {}", "#".repeat(level), markdown(title));
    }

    fn paragraph(&mut self, text: &str) {
        let _ = writeln!(self.text, "\n{text}");
    }

    fn diagram(&mut self, text: &str) {
        let _ = writeln!(self.text, "\n```mermaid\n{text}```");
    }

    /// A table; its cells are Markdown already.
    fn table<const N: usize>(&mut self, head: [&str; N], rows: &[[String; N]]) {
        let _ = writeln!(self.text, "\n| {} |", head.join(" | "));
        let _ = writeln!(self.text, "|{}", " --- |".repeat(N));
        for row in rows {
            let _ = writeln!(self.text, "| {} |", row.join(" | "));
        }
    }

    /// A heading with a list of plain texts, if there are any.
    fn list(&mut self, title: &str, items: &[String]) {
        if items.is_empty() {
            return;
        }
        self.heading(2, title);
        self.text.push('\n');
        for item in items {
            let _ = writeln!(self.text, "- {}", markdown(item));
        }
    }

    fn service(&mut self, plan: &ServicePlan) {
        let settings = display::settings(&plan.service.settings);
        self.paragraph(&format!("{}; complexity {}.", markdown(&settings), plan.service.complexity));
        self.heading(2, "Components");
        self.diagram(&mermaid::components(plan));
        if !plan.service.entities.is_empty() {
            self.heading(2, "Entities");
            self.diagram(&mermaid::entities(plan));
        }
        plan.service.entities.iter().for_each(|entity| {
            self.heading(3, entity.name.as_str());
            self.paragraph(&markdown(entity.doc.untrusted()));
            let marks = display::marks(entity);
            if !marks.is_empty() {
                self.paragraph(&format!("{}.", markdown(&marks.join(", "))));
            }
            let rows = entity.fields.iter().map(|field| {
                let marks = display::field_marks(field).join(", ");
                let doc = markdown(field.doc.untrusted());
                [code(field.name.as_str()), markdown(&field.kind.described()), markdown(&marks), doc]
            });
            self.table(["Field", "Type", "", "What it is"], &rows.collect::<Vec<_>>());
        });
        self.interface(plan);
        self.tasks(plan);
        self.list("Security", &plan.demands);
    }

    fn interface(&mut self, plan: &ServicePlan) {
        self.heading(2, "Interface");
        let rows = plan.contracts.iter().map(|contract| {
            let fields = |list: &[super::service::ContractField]| {
                list.iter().map(|field| code(&display::field(field))).collect::<Vec<_>>().join(", ")
            };
            let limit = contract.rate_limit.map(|limit| format!(", {limit}")).unwrap_or_default();
            [
                code(&format!("{} {}", contract.method, contract.route)),
                markdown(&format!("{}{limit}", display::access(&contract.access))),
                markdown(&contract.origin.purpose()),
                fields(&contract.request),
                format!("{} {}", contract.status, fields(&contract.response)),
            ]
        });
        self.table(["Route", "Who", "What", "Request", "Response"], &rows.collect::<Vec<_>>());
    }

    fn tasks(&mut self, plan: &ServicePlan) {
        let tasks = &plan.service.tasks;
        if tasks.is_empty() {
            return;
        }
        self.heading(2, "Tasks");
        let rows = tasks.iter().map(|task| {
            let schedule = task.schedule.as_ref().map(|one| format!("every {}", one.every));
            [
                code(task.name.as_str()),
                markdown(&schedule.unwrap_or_else(|| "when it is enqueued".to_owned())),
                format!("{} from {}", task.retries, task.backoff),
                code(&task.call.path.to_string()),
                markdown(task.doc.untrusted()),
            ]
        });
        self.table(["Task", "When", "Retries", "Calls", "What it does"], &rows.collect::<Vec<_>>());
    }

    fn files(&mut self, plan: &Plan) {
        if plan.files.is_empty() {
            return;
        }
        self.heading(2, "Files");
        let rows = plan.files.iter().map(|file| [code(file.path.as_str()), markdown(&file.purpose)]);
        self.table(["File", "What it is for"], &rows.collect::<Vec<_>>());
    }

    fn functions(&mut self, plan: &Plan) {
        if plan.holes.is_empty() {
            return;
        }
        self.heading(2, "Functions to fill");
        self.text.push('\n');
        for hole in &plan.holes {
            let (visible, held, properties) =
                (hole.visible.len(), hole.held_back.len(), hole.properties.len());
            let _ = writeln!(
                self.text,
                "- {}: {}; examples: {visible} visible, {held} held back; properties: {properties}",
                code(&hole.id.to_string()),
                code(&hole.signature)
            );
        }
    }
}
