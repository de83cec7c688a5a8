//! Repairs that rustc does not offer, one file per family of errors.
//!
//! A template looks at one error and returns alternatives, the likeliest first. It may be wrong: the trial decides.

mod annotation;
mod arithmetic;
mod comparison;
mod index;
mod iteration;
mod matching;
mod method;
mod mismatch;
mod mutability;
mod name;
mod order;
mod ownership;
mod question;

use crate::propose::draft::{Draft, Fault, Repair};

pub(crate) use name::std_item;

/// The alternatives of all templates for one error.
pub(crate) fn repairs(draft: &Draft<'_>, fault: &Fault<'_>) -> Vec<Repair> {
    match fault.code {
        "E0277" => [
            order::repairs,
            comparison::repairs,
            arithmetic::repairs,
            index::repairs,
            question::repairs,
            iteration::repairs,
            mismatch::bounds,
        ]
        .iter()
        .flat_map(|template| template(draft, fault))
        .collect(),
        "E0308" => mismatch::repairs(draft, fault),
        "E0369" | "E0600" | "E0604" | "E0605" | "E0606" | "E0614" | "E0689" => {
            arithmetic::repairs(draft, fault)
        }
        "E0384" | "E0594" | "E0596" => mutability::repairs(draft, fault),
        "E0405" | "E0412" | "E0422" | "E0425" | "E0432" | "E0433" | "E0531" => name::repairs(draft, fault),
        "E0271" | "E0599" => {
            let mut repairs = order::repairs(draft, fault);
            if fault.code == "E0271" {
                repairs.extend(question::parse_error(draft, fault));
            }
            repairs.extend(method::repairs(draft, fault));
            repairs
        }
        "E0608" => index::repairs(draft, fault),
        "E0282" | "E0283" | "E0284" => annotation::repairs(draft, fault),
        "E0382" | "E0499" | "E0502" | "E0505" | "E0506" | "E0507" | "E0515" | "E0597" | "E0716" => {
            ownership::repairs(draft, fault)
        }
        "E0004" | "E0317" => matching::repairs(draft, fault),
        "arithmetic_overflow" | "overflowing_literals" => arithmetic::overflow(draft, fault),
        _ => Vec::new(),
    }
}
