//! Keeps formatted files formatted: whose file rustfmt had nothing to say about finds it so after the repair.

use std::collections::BTreeSet;

use crate::diff;
use crate::pipeline::PipelineError;
use crate::tree::TreePath;

use super::Job;
use super::plausible::Plausible;

impl Job<'_> {
    /// The patch with each file it changes as rustfmt writes it, where rustfmt changes nothing in the user's own.
    pub(super) async fn tidy(&self, mut patch: Plausible) -> Result<Plausible, PipelineError> {
        let changed = diff::hunks(&self.base, &patch.tree).into_iter().map(|hunk| hunk.edit.span.path);
        let sources = changed.filter(|path| path.as_str().ends_with(".rs"));
        for path in sources.collect::<BTreeSet<TreePath>>() {
            let Some(edition) =
                self.order.workspace.package_of(&path).map(|package| package.edition.as_str())
            else {
                continue;
            };
            let (Some(old), Some(new)) = (self.base.text(&path), patch.tree.text(&path)) else { continue };
            if self.cargo().rustfmt(old, edition).await?.is_ok_and(|text| text == old)
                && let Ok(text) = self.cargo().rustfmt(new, edition).await?
            {
                patch.tree.insert(path, text);
            }
        }
        Ok(patch)
    }
}
