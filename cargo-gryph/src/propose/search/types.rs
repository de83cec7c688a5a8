//! What can be known of a type by reading alone.

use crate::schema::compact;
use quote::ToTokens;

/// A type as far as the text says it. References and lifetimes are left out: they seldom decide what was meant.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub(super) enum Type {
    /// Nothing is known.
    #[default]
    Unknown,
    Unit,
    Bool,
    Char,
    /// `String` and `str`.
    Text,
    /// An integer; the empty name is one whose width is open.
    Int(String),
    /// A float; the empty name is one whose width is open.
    Float(String),
    /// `Vec`, slices, arrays, deques, heaps.
    List(Box<Type>),
    Set(Box<Type>),
    Map(Box<Type>, Box<Type>),
    Option(Box<Type>),
    Result(Box<Type>),
    /// Iterators and ranges, with what they yield.
    Iter(Box<Type>),
    Tuple(Vec<Type>),
    /// A type of the crate or of another, by its last name.
    Named(String),
}

/// How well one type stands in for another, 0 to 1.
pub(super) type Fit = f64;

/// The fit when one side is unknown.
const MAYBE: Fit = 0.4;

impl Type {
    /// The type written as `ty`, where `Self` is `own`.
    pub(super) fn of(ty: &syn::Type, own: &str) -> Self {
        match ty {
            syn::Type::Reference(reference) => Self::of(&reference.elem, own),
            syn::Type::Paren(inner) => Self::of(&inner.elem, own),
            syn::Type::Group(inner) => Self::of(&inner.elem, own),
            syn::Type::Slice(slice) => Self::list(Self::of(&slice.elem, own)),
            syn::Type::Array(array) => Self::list(Self::of(&array.elem, own)),
            syn::Type::Tuple(tuple) if tuple.elems.is_empty() => Self::Unit,
            syn::Type::Tuple(tuple) => Self::Tuple(tuple.elems.iter().map(|ty| Self::of(ty, own)).collect()),
            syn::Type::ImplTrait(bounds) => Self::of_bounds(&bounds.bounds, own),
            syn::Type::TraitObject(bounds) => Self::of_bounds(&bounds.bounds, own),
            syn::Type::Path(path) => Self::of_path(path, own),
            other => Self::Named(compact(other.to_token_stream())),
        }
    }

    fn of_bounds(
        bounds: &syn::punctuated::Punctuated<syn::TypeParamBound, syn::Token![+]>,
        own: &str,
    ) -> Self {
        let item = bounds.iter().find_map(|bound| match bound {
            syn::TypeParamBound::Trait(bound) => bound.path.segments.last(),
            _ => None,
        });
        let Some(segment) = item else { return Self::Unknown };
        let yielded = arguments(segment).into_iter().find_map(|argument| match argument {
            syn::GenericArgument::AssocType(item) if item.ident == "Item" => Some(Self::of(&item.ty, own)),
            _ => None,
        });
        yielded.map_or(Self::Unknown, |item| Self::Iter(Box::new(item)))
    }

    fn of_path(path: &syn::TypePath, own: &str) -> Self {
        let Some(last) = path.path.segments.last() else { return Self::Unknown };
        if path.qself.is_some()
            || path.path.segments.first().is_some_and(|s| s.ident == "Self" && path.path.segments.len() > 1)
        {
            return Self::Unknown;
        }
        let name = last.ident.to_string();
        let types: Vec<Type> = arguments(last)
            .into_iter()
            .filter_map(|argument| match argument {
                syn::GenericArgument::Type(ty) => Some(Self::of(ty, own)),
                _ => None,
            })
            .collect();
        let at = |index: usize| types.get(index).cloned().unwrap_or_default();
        match &*name {
            "bool" => Self::Bool,
            "char" => Self::Char,
            "str" | "String" => Self::Text,
            "u8" | "u16" | "u32" | "u64" | "u128" | "usize" | "i8" | "i16" | "i32" | "i64" | "i128"
            | "isize" => Self::Int(name),
            "f32" | "f64" => Self::Float(name),
            "Vec" | "VecDeque" | "BinaryHeap" | "LinkedList" => Self::list(at(0)),
            "HashSet" | "BTreeSet" => Self::Set(Box::new(at(0))),
            "HashMap" | "BTreeMap" => Self::Map(Box::new(at(0)), Box::new(at(1))),
            "Option" => Self::Option(Box::new(at(0))),
            "Result" => Self::Result(Box::new(at(0))),
            "Box" | "Rc" | "Arc" | "Cow" | "RefCell" | "Cell" | "Mutex" | "RwLock" => at(0),
            "Iter" | "IntoIter" | "Peekable" | "Rev" => Self::Iter(Box::new(at(0))),
            "Chars" => Self::Iter(Box::new(Self::Char)),
            "Range" | "RangeInclusive" => Self::Iter(Box::new(at(0))),
            "Self" => Self::Named(own.to_owned()),
            _ => Self::Named(name),
        }
    }

    pub(super) fn list(element: Type) -> Self {
        Self::List(Box::new(element))
    }

    /// What a loop over a value of this type binds.
    pub(super) fn element(&self) -> Self {
        match self {
            Self::List(of) | Self::Set(of) | Self::Iter(of) | Self::Option(of) => (**of).clone(),
            Self::Map(key, value) => Self::Tuple(vec![(**key).clone(), (**value).clone()]),
            _ => Self::Unknown,
        }
    }

    /// What `?`, `unwrap` and `Some(x)` make of it.
    pub(super) fn inner(&self) -> Self {
        match self {
            Self::Option(of) | Self::Result(of) => (**of).clone(),
            _ => Self::Unknown,
        }
    }

    /// What an index gives.
    pub(super) fn indexed(&self) -> Self {
        match self {
            Self::List(of) => (**of).clone(),
            Self::Map(_, value) => (**value).clone(),
            _ => Self::Unknown,
        }
    }

    pub(super) fn is_known(&self) -> bool {
        *self != Self::Unknown
    }

    pub(super) fn is_number(&self) -> bool {
        matches!(self, Self::Int(_) | Self::Float(_))
    }

    /// Whether it may be an integer.
    pub(super) fn may_be_integer(&self) -> bool {
        matches!(self, Self::Int(_) | Self::Unknown)
    }

    /// Whether it may be a condition.
    pub(super) fn may_be_bool(&self) -> bool {
        matches!(self, Self::Bool | Self::Unknown)
    }

    pub(super) fn is_signed(&self) -> bool {
        match self {
            Self::Int(name) => name.is_empty() || name.starts_with('i'),
            _ => true,
        }
    }

    /// How well a value of the type `other` stands where this type is wanted.
    pub(super) fn fit(&self, other: &Self) -> Fit {
        match (self, other) {
            (Self::Unknown, _) | (_, Self::Unknown) => MAYBE,
            (Self::Int(left), Self::Int(right)) | (Self::Float(left), Self::Float(right)) => {
                if left == right || left.is_empty() || right.is_empty() { 1.0 } else { 0.05 }
            }
            (Self::List(left), Self::List(right))
            | (Self::Set(left), Self::Set(right))
            | (Self::Option(left), Self::Option(right))
            | (Self::Result(left), Self::Result(right))
            | (Self::Iter(left), Self::Iter(right)) => left.fit(right).max(MAYBE * MAYBE),
            (Self::Map(..), Self::Map(..)) => 1.0,
            (Self::Tuple(left), Self::Tuple(right)) if left.len() == right.len() => {
                left.iter().zip(right).map(|(left, right)| left.fit(right)).fold(1.0, f64::min)
            }
            // A type parameter may be anything.
            (Self::Named(name), other) | (other, Self::Named(name))
                if name.len() == 1 && !matches!(other, Self::Named(_)) =>
            {
                0.1
            }
            (left, right) => f64::from(u8::from(left == right)),
        }
    }
}

fn arguments(segment: &syn::PathSegment) -> Vec<&syn::GenericArgument> {
    match &segment.arguments {
        syn::PathArguments::AngleBracketed(arguments) => arguments.args.iter().collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Type {
        Type::of(&syn::parse_str(text).expect("a type"), "Own")
    }

    #[test]
    fn references_are_looked_through_and_self_is_the_owner() {
        assert_eq!(read("&'a mut [u8]"), Type::list(Type::Int("u8".to_owned())));
        assert_eq!(read("Option<&Self>"), Type::Option(Box::new(Type::Named("Own".to_owned()))));
        assert_eq!(read("impl Iterator<Item = char> + '_"), Type::Iter(Box::new(Type::Char)));
        assert_eq!(read("Self::Item"), Type::Unknown);
    }

    #[test]
    fn what_is_unknown_fits_everything_a_little_and_what_differs_does_not_fit() {
        assert_eq!(read("u32").fit(&read("u32")), 1.0);
        assert_eq!(read("u32").fit(&read("bool")), 0.0);
        assert!(read("u32").fit(&Type::Unknown) > read("u32").fit(&read("u64")));
        assert_eq!(read("u32").fit(&Type::Int(String::new())), 1.0);
    }
}
