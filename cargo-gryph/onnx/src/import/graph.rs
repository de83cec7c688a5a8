//! A builder for ONNX graphs: nodes, initializers in data files, small constants.

use super::{plan::Part, weight::Weight};
use crate::protobuf::{
    AttributeProto, DimensionProto, EXTERNAL, ElementType, GraphProto, ModelProto, NodeProto,
    OperatorSetIdProto, StringStringEntryProto, TensorProto, TensorShapeProto, TensorTypeProto, TypeProto,
    ValueInfoProto, attribute_type,
};
use half::f16;
use std::collections::{BTreeMap, BTreeSet};

/// The domain of ONNX Runtime's own operators.
pub(crate) const CONTRIB: &str = "com.microsoft";
/// Version of the ONNX operator set, and of the file format that goes with it.
const OPERATOR_SET: i64 = 18;
const IR_VERSION: i64 = 9;

/// One dimension of a graph input or output.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Dim {
    Fixed(usize),
    Named(&'static str),
}

/// A node attribute.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Attribute {
    Float(f32),
    Int(usize),
}

/// A graph under construction; all its floating-point values have the type `float`.
#[derive(Debug)]
pub(crate) struct Graph {
    /// The type of weights, activations and caches.
    pub(crate) float: ElementType,
    proto: GraphProto,
    constants: BTreeSet<String>,
    block_sums: BTreeMap<(String, usize), String>,
    halves: BTreeMap<(String, usize), String>,
    split: BTreeSet<String>,
}

impl Graph {
    pub(crate) fn new(float: ElementType) -> Self {
        let proto = GraphProto { name: Some("decoder".to_owned()), ..GraphProto::default() };
        Self {
            float,
            proto,
            constants: BTreeSet::new(),
            block_sums: BTreeMap::new(),
            halves: BTreeMap::new(),
            split: BTreeSet::new(),
        }
    }

    /// The finished model.
    pub(crate) fn into_model(self) -> ModelProto {
        let set = |domain: &str, version| OperatorSetIdProto {
            domain: Some(domain.to_owned()),
            version: Some(version),
        };
        ModelProto {
            ir_version: Some(IR_VERSION),
            producer_name: Some("gryph".to_owned()),
            graph: Some(self.proto),
            opset_import: vec![set("", OPERATOR_SET), set(CONTRIB, 1)],
        }
    }

    /// Declares a graph input and returns its name.
    pub(crate) fn input(&mut self, name: &str, element: ElementType, dims: &[Dim]) -> String {
        self.proto.input.push(value_info(name, element, dims));
        name.to_owned()
    }

    /// Declares a graph output.
    pub(crate) fn output(&mut self, name: &str, element: ElementType, dims: &[Dim]) {
        self.proto.output.push(value_info(name, element, dims));
    }

    /// Adds a node of the ONNX domain with one output.
    pub(crate) fn node(
        &mut self,
        operator: &str,
        inputs: &[&str],
        output: &str,
        attributes: &[(&str, Attribute)],
    ) -> String {
        self.nodes("", operator, inputs, &[output], attributes);
        output.to_owned()
    }

    /// Adds a node of ONNX Runtime's domain with one output.
    pub(crate) fn contrib(
        &mut self,
        operator: &str,
        inputs: &[&str],
        output: &str,
        attributes: &[(&str, Attribute)],
    ) -> String {
        self.nodes(CONTRIB, operator, inputs, &[output], attributes);
        output.to_owned()
    }

    /// Adds a node with any number of outputs; an empty name leaves an optional one out.
    pub(crate) fn nodes(
        &mut self,
        domain: &str,
        operator: &str,
        inputs: &[&str],
        outputs: &[&str],
        attributes: &[(&str, Attribute)],
    ) {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        self.proto.node.push(NodeProto {
            input: owned(inputs),
            output: owned(outputs),
            name: outputs.first().map(|name| (*name).to_owned()),
            op_type: Some(operator.to_owned()),
            attribute: attributes.iter().map(|(name, value)| attribute(name, *value)).collect(),
            domain: Some(domain.to_owned()),
        });
    }

    /// Adds a `Cast`.
    pub(crate) fn cast(&mut self, input: &str, element: ElementType, output: &str) -> String {
        self.node("Cast", &[input], output, &[("to", Attribute::Int(element as usize))])
    }

    /// A constant vector of integers.
    pub(crate) fn integers(&mut self, name: &str, element: ElementType, values: &[i64]) -> String {
        let bytes = values
            .iter()
            .flat_map(|value| match element {
                ElementType::Int32 => (*value as i32).to_le_bytes().to_vec(),
                ElementType::Uint8 => vec![*value as u8],
                _ => value.to_le_bytes().to_vec(),
            })
            .collect();
        self.constant(name, element, vec![values.len() as i64], bytes)
    }

    /// A constant of the graph's floating-point type, without dimensions.
    pub(crate) fn scalar(&mut self, name: &str, value: f32) -> String {
        let bytes = match self.float {
            ElementType::Float16 => f16::from_f32(value).to_le_bytes().to_vec(),
            _ => value.to_le_bytes().to_vec(),
        };
        self.constant(name, self.float, Vec::new(), bytes)
    }

    fn constant(&mut self, name: &str, element: ElementType, dims: Vec<i64>, bytes: Vec<u8>) -> String {
        if self.constants.insert(name.to_owned()) {
            self.proto.initializer.push(TensorProto {
                dims,
                data_type: Some(element as i32),
                name: Some(name.to_owned()),
                raw_data: Some(bytes),
                ..TensorProto::default()
            });
        }
        name.to_owned()
    }

    /// An initializer in a data file; declared once however often it is used.
    pub(crate) fn part(&mut self, name: &str, part: &Part) -> String {
        if self.constants.insert(name.to_owned()) {
            let entry = |key: &str, value: String| StringStringEntryProto {
                key: Some(key.to_owned()),
                value: Some(value),
            };
            self.proto.initializer.push(TensorProto {
                dims: part.dims.iter().map(|size| *size as i64).collect(),
                data_type: Some(part.element as i32),
                name: Some(name.to_owned()),
                external_data: vec![
                    entry("location", part.file.to_owned()),
                    entry("offset", part.offset.to_string()),
                    entry("length", part.bytes().to_string()),
                ],
                data_location: Some(EXTERNAL),
                ..TensorProto::default()
            });
        }
        name.to_owned()
    }

    /// The quantised values of a weight.
    pub(crate) fn quants(&mut self, weight: &Weight) -> Option<String> {
        weight.quants.as_ref().map(|part| self.part(&format!("{}.quants", weight.name), part))
    }

    /// The scales (or plain values) of a weight in the graph's type.
    pub(crate) fn floats(&mut self, weight: &Weight) -> String {
        let part = match (self.float, &weight.half_floats) {
            (ElementType::Float16, Some(half)) => half,
            _ => &weight.floats,
        };
        self.part(&format!("{}.floats", weight.name), part)
    }

    /// The block offsets of a weight in the graph's type.
    pub(crate) fn minima(&mut self, weight: &Weight) -> Option<String> {
        let part = match (self.float, &weight.half_minima) {
            (ElementType::Float16, Some(half)) => Some(half),
            _ => weight.minima.as_ref(),
        };
        part.map(|part| self.part(&format!("{}.minima", weight.name), part))
    }

    /// `input` as two rows for each of its rows: what 8 bits per block hold of it, and the rest.
    ///
    /// `MatMulNBits` quantises both parts without loss of the first, so that the sum of the two products has the
    /// precision of 16-bit activations. Computed once per input and block size.
    pub(crate) fn halves(&mut self, input: &str, columns: usize, block: usize) -> String {
        let key = (input.to_owned(), block);
        if let Some(halves) = self.halves.get(&key) {
            return halves.clone();
        }
        let name = |part: &str| format!("{input}/{block}/{part}");
        let blocks = self.blocks(input, columns / block, block);
        let axis = self.integers("last_axis", ElementType::Int64, &[-1]);
        let size = self.node("Abs", &[&blocks], &name("size"), &[]);
        let largest = self.node("ReduceMax", &[&size, &axis], &name("largest"), &[]);
        let unit = self.scalar("byte_unit", 127.0_f32.recip());
        let least = self.scalar("least_step", 1e-30);
        let step = self.node("Mul", &[&largest, &unit], &name("scaled"), &[]);
        let step = self.node("Max", &[&step, &least], &name("step"), &[]);
        let steps = self.node("Div", &[&blocks, &step], &name("steps"), &[]);
        let steps = self.node("Round", &[&steps], &name("rounded"), &[]);
        let coarse = self.node("Mul", &[&steps, &step], &name("coarse"), &[]);
        let fine = self.node("Sub", &[&blocks, &coarse], &name("fine"), &[]);
        let both = self.node("Concat", &[&coarse, &fine], &name("both"), &[("axis", Attribute::Int(0))]);
        let shape = self.integers(&format!("shape_{columns}"), ElementType::Int64, &[0, 0, columns as i64]);
        let halves = self.node("Reshape", &[&both, &shape], &name("halves"), &[]);
        self.halves.insert(key, halves.clone());
        halves
    }

    /// `input` with its last axis cut in blocks.
    fn blocks(&mut self, input: &str, blocks: usize, block: usize) -> String {
        let shape = self.integers(
            &format!("shape_{blocks}_{block}"),
            ElementType::Int64,
            &[0, 0, blocks as i64, block as i64],
        );
        let output = format!("{input}/blocks_{block}");
        if self.split.insert(output.clone()) {
            self.node("Reshape", &[input, &shape], &output, &[]);
        }
        output
    }

    /// The sums of `input` over blocks of its last axis; computed once per input.
    pub(crate) fn block_sums(&mut self, input: &str, blocks: usize, block: usize) -> String {
        let key = (input.to_owned(), block);
        if let Some(sums) = self.block_sums.get(&key) {
            return sums.clone();
        }
        let axis = self.integers("last_axis", ElementType::Int64, &[-1]);
        let split = self.blocks(input, blocks, block);
        let keep = [("keepdims", Attribute::Int(0))];
        let sums = self.node("ReduceSum", &[&split, &axis], &format!("{input}/sums"), &keep);
        self.block_sums.insert(key, sums.clone());
        sums
    }
}

fn attribute(name: &str, value: Attribute) -> AttributeProto {
    let mut attribute = AttributeProto { name: Some(name.to_owned()), ..AttributeProto::default() };
    match value {
        Attribute::Float(number) => {
            attribute.f = Some(number);
            attribute.kind = Some(attribute_type::FLOAT);
        }
        Attribute::Int(number) => {
            attribute.i = Some(number as i64);
            attribute.kind = Some(attribute_type::INT);
        }
    }
    attribute
}

fn value_info(name: &str, element: ElementType, dims: &[Dim]) -> ValueInfoProto {
    let dim = |dim: &Dim| match dim {
        Dim::Fixed(size) => DimensionProto { dim_value: Some(*size as i64), dim_param: None },
        Dim::Named(name) => DimensionProto { dim_value: None, dim_param: Some((*name).to_owned()) },
    };
    let shape = TensorShapeProto { dim: dims.iter().map(dim).collect() };
    let tensor_type = TensorTypeProto { elem_type: Some(element as i32), shape: Some(shape) };
    ValueInfoProto { name: Some(name.to_owned()), kind: Some(TypeProto { tensor_type: Some(tensor_type) }) }
}
