//! The embedding as graph nodes: rows of the quantised table are gathered and only those are dequantised.
//!
//! Bits are taken apart with integer division and multiplication, because these, unlike the bit operators, have CUDA
//! kernels.

use super::{
    graph::{Attribute, Graph},
    weight::{Form, Weight},
};
use crate::protobuf::ElementType;

/// Looks up the rows `ids` `[B, S]` of `table` and returns `[B, S, columns]` in the graph's type.
pub(super) fn rows(graph: &mut Graph, table: &Weight, ids: &str) -> String {
    let floats = graph.floats(table);
    if table.form == Form::Floats {
        return gather(graph, &floats, ids, "embedding");
    }
    let (values, middle) = match table.form {
        Form::Floats | Form::Eight { .. } | Form::PackedFive => (bytes(graph, table, ids), 128.0),
        Form::Four { .. } => (fours(graph, table, ids), 8.0),
        Form::SplitFive => (fives(graph, table, ids), 16.0),
    };
    let values = graph.cast(&values, graph.float, "embedding/values");
    let middle = graph.scalar("embedding/middle", middle);
    let centred = graph.node("Sub", &[&values, &middle], "embedding/centred", &[]);
    let scales = per_block(graph, &floats, ids, "embedding/scales");
    let mut scaled = graph.node("Mul", &[&centred, &scales], "embedding/scaled", &[]);
    if let Some(minima) = graph.minima(table) {
        let minima = per_block(graph, &minima, ids, "embedding/minima");
        scaled = graph.node("Add", &[&scaled, &minima], "embedding/offset", &[]);
    }
    let shape = graph.integers("embedding/shape", ElementType::Int64, &[0, 0, table.columns as i64]);
    graph.node("Reshape", &[&scaled, &shape], "embedding", &[])
}

fn gather(graph: &mut Graph, table: &str, ids: &str, output: &str) -> String {
    graph.node("Gather", &[table, ids], output, &[("axis", Attribute::Int(0))])
}

/// Gathers one number per block and gives it a last axis to spread over the block.
fn per_block(graph: &mut Graph, table: &str, ids: &str, output: &str) -> String {
    let gathered = gather(graph, table, ids, &format!("{output}/rows"));
    let axis = graph.integers("last_axis", ElementType::Int64, &[-1]);
    graph.node("Unsqueeze", &[&gathered, &axis], output, &[])
}

fn bytes(graph: &mut Graph, table: &Weight, ids: &str) -> String {
    let quants = graph.quants(table).unwrap_or_default();
    gather(graph, &quants, ids, "embedding/quants")
}

/// Gathers bytes and splits them in low and high halves, as `i32`.
fn halves(graph: &mut Graph, table: &Weight, ids: &str) -> (String, String) {
    let quants = bytes(graph, table, ids);
    let quants = graph.cast(&quants, ElementType::Int32, "embedding/bytes");
    let sixteen = graph.integers("sixteen", ElementType::Int32, &[16]);
    let high = graph.node("Div", &[&quants, &sixteen], "embedding/high", &[]);
    let rest = graph.node("Mul", &[&high, &sixteen], "embedding/rest", &[]);
    let low = graph.node("Sub", &[&quants, &rest], "embedding/low", &[]);
    (low, high)
}

/// Neighbouring values share a byte.
fn fours(graph: &mut Graph, table: &Weight, ids: &str) -> String {
    let (low, high) = halves(graph, table, ids);
    let axis = graph.integers("last_axis", ElementType::Int64, &[-1]);
    let low = graph.node("Unsqueeze", &[&low, &axis], "embedding/even", &[]);
    let high = graph.node("Unsqueeze", &[&high, &axis], "embedding/odd", &[]);
    let pairs = graph.node("Concat", &[&low, &high], "embedding/pairs", &[("axis", Attribute::Int(4))]);
    by_block(graph, &pairs, table, "embedding/fours")
}

/// Values 16 apart share a byte of low halves; four more bytes hold the 32 fifth bits, lowest first.
fn fives(graph: &mut Graph, table: &Weight, ids: &str) -> String {
    let (low, high) = halves(graph, table, ids);
    let fours = graph.node("Concat", &[&low, &high], "embedding/fours", &[("axis", Attribute::Int(3))]);
    let bits = match &table.high {
        Some(part) => graph.part(&format!("{}.high", table.name), part),
        None => return fours,
    };
    let bits = gather(graph, &bits, ids, "embedding/fifth_rows");
    let bits = graph.cast(&bits, ElementType::Int32, "embedding/fifth_bytes");
    let axis = graph.integers("last_axis", ElementType::Int64, &[-1]);
    let bits = graph.node("Unsqueeze", &[&bits, &axis], "embedding/fifth_spread", &[]);
    let powers = graph.integers("powers", ElementType::Int32, &[1, 2, 4, 8, 16, 32, 64, 128]);
    let doubles = graph.integers("doubles", ElementType::Int32, &[2, 4, 8, 16, 32, 64, 128, 256]);
    let two = graph.integers("two", ElementType::Int32, &[2]);
    let shifted = graph.node("Div", &[&bits, &powers], "embedding/shifted", &[]);
    let above = graph.node("Div", &[&bits, &doubles], "embedding/above", &[]);
    let above = graph.node("Mul", &[&above, &two], "embedding/above_doubled", &[]);
    let bits = graph.node("Sub", &[&shifted, &above], "embedding/fifth", &[]);
    let bits = by_block(graph, &bits, table, "embedding/fifth_by_block");
    let sixteen = graph.integers("sixteen", ElementType::Int32, &[16]);
    let bits = graph.node("Mul", &[&bits, &sixteen], "embedding/fifth_weighted", &[]);
    graph.node("Add", &[&fours, &bits], "embedding/fives", &[])
}

fn by_block(graph: &mut Graph, values: &str, table: &Weight, output: &str) -> String {
    let blocks = (table.columns / 32) as i64;
    let shape = graph.integers("embedding/by_block", ElementType::Int64, &[0, 0, blocks, 32]);
    graph.node("Reshape", &[values, &shape], output, &[])
}
