//! Copies cache rows on the device itself: a graph of one `Gather` whose output is bound to the new buffer.

use crate::{
    import::graph::{Attribute, Dim, Graph},
    protobuf::ElementType,
};
use ort::{
    session::Session,
    value::{DynTensor, Tensor},
};

/// The one-node graph: `selected[n] = state[rows[n]]`.
pub(super) fn model(float: ElementType) -> Vec<u8> {
    let mut graph = Graph::new(float);
    let dims = |rows| [Dim::Named(rows), Dim::Named("heads"), Dim::Named("capacity"), Dim::Named("width")];
    graph.input("state", float, &dims("from"));
    graph.input("rows", ElementType::Int64, &[Dim::Named("to")]);
    graph.node("Gather", &["state", "rows"], "selected", &[("axis", Attribute::Int(0))]);
    graph.output("selected", float, &dims("to"));
    prost::Message::encode_to_vec(&graph.into_model())
}

/// A session of that graph.
#[derive(Debug)]
pub(super) struct Selector {
    session: Session,
}

impl Selector {
    pub(super) fn new(session: Session) -> Self {
        Self { session }
    }

    /// Fills `to` with the rows of `from`.
    pub(super) fn copy(&mut self, from: &DynTensor, to: &mut DynTensor, rows: &[usize]) -> ort::Result<()> {
        let rows: Vec<i64> = rows.iter().map(|row| *row as i64).collect();
        let mut binding = self.session.create_binding()?;
        binding.bind_input("state", from)?;
        binding.bind_input("rows", &Tensor::from_array(([rows.len()], rows))?)?;
        binding.bind_output("selected", to)?;
        self.session.run_binding(&binding)?;
        Ok(())
    }
}
