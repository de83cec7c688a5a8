//! The plan as a person reads it.

use std::fmt;

use super::Plan;

impl fmt::Display for Plan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let project = self.whole();
        writeln!(formatter, "{} ({}): {}", project.name, project.kind.as_str(), project.summary)?;
        writeln!(formatter, "specification {}, templates `{}`", self.spec.short(), self.template)?;
        if let Some(service) = &self.service {
            write!(formatter, "{service}")?;
        }
        if !self.files.is_empty() {
            writeln!(formatter, "\nFiles")?;
        }
        let width = self.files.iter().map(|file| file.path.as_str().len()).max().unwrap_or(0);
        for file in &self.files {
            writeln!(formatter, "  {:width$}  {}", file.path.as_str(), file.purpose)?;
        }
        if !self.holes.is_empty() {
            writeln!(formatter, "\nFunctions to fill")?;
        }
        for hole in &self.holes {
            let (visible, held, properties) =
                (hole.visible.len(), hole.held_back.len(), hole.properties.len());
            writeln!(formatter, "  {}", hole.id)?;
            writeln!(formatter, "    {}", hole.signature)?;
            writeln!(
                formatter,
                "    examples: {visible} visible, {held} held back; properties: {properties}"
            )?;
        }
        if !self.dependencies.is_empty() || !self.dev_dependencies.is_empty() {
            writeln!(formatter, "\nDependencies")?;
            for dependency in &self.dependencies {
                writeln!(formatter, "  {} {}", dependency.name, dependency.requirement)?;
            }
            for dependency in &self.dev_dependencies {
                writeln!(formatter, "  {} {} (tests only)", dependency.name, dependency.requirement)?;
            }
        }
        writeln!(formatter, "\nChecks before anything is committed")?;
        self.checks.iter().try_for_each(|check| writeln!(formatter, "  {check}"))?;
        if !self.left_out.is_empty() {
            writeln!(formatter, "\nLeft out")?;
            self.left_out.iter().try_for_each(|out| writeln!(formatter, "  {}", out.signature))?;
        }
        Ok(())
    }
}
