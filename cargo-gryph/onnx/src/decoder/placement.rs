//! Where ONNX Runtime really ran the nodes of a graph, read from its profile.
//!
//! A session that names CUDA still runs on the CPU whatever CUDA has no kernel for, without an error: only the profile
//! says so.

use serde::Deserialize;
use std::collections::BTreeMap;

/// The provider's name in a profile.
pub(super) const CUDA: &str = "CUDAExecutionProvider";
/// The operators that make up nearly all of the work.
const HEAVY: [&str; 3] = ["MatMulNBits", "GroupQueryAttention", "FusedMatMul"];

/// A profile that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the profile is not what ONNX Runtime writes")]
pub struct PlacementError(#[from] serde_json::Error);

/// How often each operator ran on each provider.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Placement {
    runs: BTreeMap<(String, String), usize>,
}

#[derive(Deserialize)]
struct Event {
    #[serde(default)]
    cat: String,
    #[serde(default)]
    args: BTreeMap<String, serde_json::Value>,
}

impl Placement {
    /// Reads a profile in ONNX Runtime's JSON form.
    ///
    /// # Errors
    ///
    /// The text is no such profile.
    pub fn parse(profile: &str) -> Result<Self, PlacementError> {
        let mut runs = BTreeMap::new();
        for event in serde_json::from_str::<Vec<Event>>(profile)? {
            let text = |key| event.args.get(key).and_then(serde_json::Value::as_str).map(str::to_owned);
            if let ("Node", Some(operator), Some(provider)) =
                (event.cat.as_str(), text("op_name"), text("provider"))
            {
                *runs.entry((operator, provider)).or_default() += 1;
            }
        }
        Ok(Self { runs })
    }

    /// How often `operator` ran on `provider`.
    pub fn runs(&self, operator: &str, provider: &str) -> usize {
        self.runs.get(&(operator.to_owned(), provider.to_owned())).copied().unwrap_or(0)
    }

    /// Whether attention and products ran, and ran nowhere else.
    pub fn is_all_on(&self, provider: &str) -> bool {
        let mut heavy = self.runs.keys().filter(|(operator, _)| HEAVY.contains(&operator.as_str()));
        let any = self.runs("GroupQueryAttention", provider) > 0;
        any && heavy.all(|(_, used)| used == provider)
    }
}

#[cfg(test)]
mod tests {
    use super::{CUDA, Placement};

    fn profile(nodes: &[(&str, &str)]) -> String {
        let events = nodes.iter().map(|(operator, provider)| {
            format!(r#"{{"cat":"Node","name":"x","dur":1,"args":{{"op_name":"{operator}","provider":"{provider}","n":1}}}}"#)
        });
        let session = r#"{"cat":"Session","name":"model_run","args":{}}"#.to_owned();
        format!("[{}]", events.chain([session]).collect::<Vec<_>>().join(","))
    }

    #[test]
    fn one_heavy_node_elsewhere_is_noticed() {
        let check = |nodes: &[(&str, &str)], expect: bool| {
            let placement = Placement::parse(&profile(nodes)).unwrap();
            assert_eq!(placement.is_all_on(CUDA), expect, "{nodes:?}");
        };
        let cpu = "CPUExecutionProvider";
        check(&[], false);
        check(&[("MatMulNBits", CUDA)], false);
        check(&[("MatMulNBits", CUDA), ("GroupQueryAttention", CUDA), ("Shape", cpu)], true);
        check(&[("MatMulNBits", cpu), ("GroupQueryAttention", CUDA)], false);
        check(&[("MatMulNBits", CUDA), ("GroupQueryAttention", cpu)], false);
        assert!(Placement::parse("{").is_err());
    }
}
