//! What events and sockets add to a service.

use minijinja::{Value, context};

use crate::plan::asked::FieldType;
use crate::tree::Tree;

use super::layout::Part;
use super::modules::Modules;
use super::{ScaffoldError, Writer, socket};

/// What handlers count: a subject of the platform, whose name no entity may have.
pub(super) const ACTIVITY: &str = "activity";

impl Writer<'_> {
    /// What happens to each entity, and what follows; nothing where nobody is told.
    pub(super) fn events(
        &self,
        tree: &mut Tree,
        modules: &mut Modules,
        common: &Value,
    ) -> Result<(), ScaffoldError> {
        if !self.layout.has_events() {
            return Ok(());
        }
        for value in &self.values().entities {
            let name = value.get_attr("noun").and_then(|noun| noun.get_attr("name")).unwrap_or_default();
            let values = context! { ..value.clone(), ..common.clone() };
            for (part, template) in [(Part::Event, "part/event.rs"), (Part::Handler, "part/handler.rs")] {
                let module = self.layout.module(part, &name.to_string());
                self.add(tree, modules.file(&module), template, &values)?;
            }
        }
        for (part, template) in [
            (Part::Entity, "part/activity_entity.rs"),
            (Part::UseCases, "part/activity_use_case.rs"),
            (Part::Store, "part/activity_store.rs"),
            (Part::Routes, "part/activity_routes.rs"),
        ] {
            let module = self.layout.module(part, ACTIVITY);
            self.add(tree, modules.file(&module), template, common)?;
        }
        Ok(())
    }

    /// The messages, routes and tests of sockets.
    pub(super) fn sockets(
        &self,
        tree: &mut Tree,
        modules: &mut Modules,
        common: &Value,
    ) -> Result<(), ScaffoldError> {
        for (one, value) in self.service.service.sockets.iter().zip(&self.values().sockets) {
            let name = socket::name(one);
            let values = context! { ..value.clone(), ..common.clone() };
            for (part, template) in [(Part::UseCases, "use_case"), (Part::Routes, "routes")] {
                let module = self.layout.module(part, &name);
                self.add(tree, modules.file(&module), &format!("part/socket_{template}.rs"), &values)?;
            }
            self.add(tree, format!("tests/it/{name}.rs"), "test/socket.rs", &values)?;
        }
        Ok(())
    }

    pub(super) fn socket_values(&self) -> Vec<Value> {
        let rules = self.rules_crate();
        let around = self.around(&rules);
        self.service.service.sockets.iter().map(|one| socket::socket(one, &around)).collect()
    }

    /// Whether a point in time comes in by a message.
    pub(super) fn messages_hold_times(&self) -> bool {
        let fields = self.service.service.sockets.iter().flat_map(|one| &one.message);
        fields.into_iter().any(|field| matches!(field.kind, FieldType::Datetime))
    }
}
