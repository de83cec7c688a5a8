//! The text of variants: the dispatch at the head of the original, clones beside it, arms inside it.

use std::ops::Range;

use syn::visit::Visit;

use crate::schema::choice::chosen;
use crate::schema::function::{Function, Parameter};
use crate::schema::pack::{Form, SchemaError, Variant};
use crate::schema::site::SiteKind;
use crate::schema::source::parse_body;
use crate::schema::switch::Switch;
use crate::schema::syntax::SelfPaths;
use crate::schema::weave::{Insertion, Thread};

/// The number of the original's body where it becomes a function beside the original; those of variants begin at 1.
const ORIGINAL: u32 = 0;

/// Writes the variants of one function.
pub(crate) struct Packer<'a> {
    /// The file.
    pub(crate) text: &'a str,
    pub(crate) function: &'a Function,
    pub(crate) switch: &'a Switch,
    /// The number of the function among those of the schema.
    pub(crate) part: usize,
    /// Whether each body has a type of its own, one of which is chosen.
    pub(crate) chooses: bool,
}

impl Packer<'_> {
    /// All that is added to the file. Call on a deep stack.
    pub(crate) fn insertions(&self, variants: &[Variant]) -> Result<Vec<Insertion>, SchemaError> {
        let of = |form| variants.iter().filter(move |variant| variant.form == form).collect::<Vec<_>>();
        let (clones, arms) = (of(Form::Clone), of(Form::Arm));
        let mut all = Vec::new();
        if !clones.is_empty() {
            all.extend(self.removed_inlines());
            all.extend(self.clones(&clones)?);
        }
        let body = &self.function.site.body;
        let mut head = self.dispatch(&clones);
        head.extend(self.arms(&arms));
        all.push(Insertion { at: body.start..body.start, rank: 1, parts: head });
        if !arms.is_empty() {
            let parts = vec![("\n} }".to_owned(), self.head())];
            all.push(Insertion { at: body.end..body.end, rank: 2, parts });
        }
        if !clones.is_empty() {
            all.extend(self.renamed_patterns());
        }
        Ok(all)
    }

    /// An inlined dispatcher would be copied, with all its arms, into every caller.
    fn removed_inlines(&self) -> impl Iterator<Item = Insertion> {
        let inline = self.function.attributes.iter().filter(|(name, _)| name == "inline");
        inline.map(|(_, at)| Insertion { at: at.clone(), rank: 0, parts: Vec::new() })
    }

    fn head(&self) -> Thread {
        Thread::Head(self.part)
    }

    fn argument(&self, index: usize) -> String {
        let plain = self.function.parameters[index].name.clone();
        plain.unwrap_or_else(|| format!("{}_a{index}", self.switch.prefix))
    }

    fn renamed_patterns(&self) -> Vec<Insertion> {
        let patterns =
            self.function.parameters.iter().enumerate().filter(|(_, parameter)| parameter.name.is_none());
        let rename = |(index, parameter): (usize, &Parameter)| Insertion {
            at: parameter.pattern.clone(),
            rank: 0,
            parts: vec![(self.argument(index), self.head())],
        };
        patterns.map(rename).collect()
    }

    /// The head of the original.
    fn dispatch(&self, clones: &[&Variant]) -> Vec<(String, Thread)> {
        if clones.is_empty() {
            return Vec::new();
        }
        let function = self.function;
        let keeps_to_calls =
            function.attributes.iter().any(|(name, _)| name == "target_feature" || name == "track_caller");
        if self.chooses {
            return self.dispatch_by_choice(clones);
        }
        let by_call = function.is_async || function.takes_impl || function.has_abi || keeps_to_calls;
        let mut parts =
            if by_call { self.dispatch_by_call(clones) } else { self.dispatch_by_pointer(clones) };
        for (index, parameter) in function.parameters.iter().enumerate() {
            if parameter.name.is_none() {
                let pattern = &self.text[parameter.pattern.clone()];
                parts.push((format!(" let {pattern} = {};", self.argument(index)), self.head()));
            }
        }
        parts
    }

    /// One function pointer keeps the frame of the original small however many clones there are. The pointer's type
    /// is inferred once: a cast in each arm takes rustc a seventh longer.
    fn dispatch_by_pointer(&self, clones: &[&Variant]) -> Vec<(String, Thread)> {
        let (call, arguments) = (self.switch.call(), self.arguments());
        let pointed = format!("{}_f", self.switch.prefix);
        let places = vec!["_"; arguments.len()].join(", ");
        let pointer = format!("{}fn({places}) -> _", if self.function.is_unsafe { "unsafe " } else { "" });
        let head = format!(" let {pointed}: ::core::option::Option<{pointer}> = match {call} {{");
        let mut parts = vec![(head, self.head())];
        for clone in clones {
            let arm = format!(
                " {} => ::core::option::Option::Some({}),",
                clone.number,
                self.clone_path(clone.number)
            );
            parts.push((arm, Thread::Variant(clone.number)));
        }
        let call = self.guarded(format!("{pointed}({})", arguments.join(", ")));
        let tail = format!(
            " _ => ::core::option::Option::None }}; \
             if let ::core::option::Option::Some({pointed}) = {pointed} {{ return {call}; }}"
        );
        parts.push((tail, self.head()));
        parts
    }

    /// One call for each clone, where a pointer cannot be had or would lose something.
    fn dispatch_by_call(&self, clones: &[&Variant]) -> Vec<(String, Thread)> {
        let arguments = self.arguments().join(", ");
        let waited = if self.function.is_async { ".await" } else { "" };
        let mut parts = vec![(format!(" match {} {{", self.switch.call()), self.head())];
        for clone in clones {
            let call = self.guarded(format!("{}({arguments})", self.clone_path(clone.number)));
            parts.push((
                format!(" {} => return {call}{waited},", clone.number),
                Thread::Variant(clone.number),
            ));
        }
        parts.push((" _ => {} }".to_owned(), self.head()));
        parts
    }

    /// The original ends with the choice, and its body goes on as that of a function beside it.
    fn dispatch_by_choice(&self, clones: &[&Variant]) -> Vec<(String, Thread)> {
        let (choice, arguments) = (self.switch.choice(), self.arguments().join(", "));
        let call = |index: usize, number: u32| {
            let call = self.guarded(format!("{}({arguments})", self.clone_path(number)));
            chosen(&choice, index, clones.len() + 1, &call)
        };
        let mut parts = vec![(format!(" match {} {{", self.switch.call()), self.head())];
        for (index, clone) in clones.iter().enumerate() {
            parts.push((
                format!(" {} => {},", clone.number, call(index, clone.number)),
                Thread::Variant(clone.number),
            ));
        }
        let original = call(clones.len(), ORIGINAL);
        let goes_on = format!("{}{}{{", self.kept_attributes(), self.clone_signature(ORIGINAL));
        parts.push((format!(" _ => {original}, }} }}\n{goes_on}"), self.head()));
        parts
    }

    fn arguments(&self) -> Vec<String> {
        let receiver = self.function.has_receiver.then(|| "self".to_owned());
        receiver
            .into_iter()
            .chain((0..self.function.parameters.len()).map(|index| self.argument(index)))
            .collect()
    }

    fn guarded(&self, call: String) -> String {
        if self.function.is_unsafe { format!("unsafe {{ {call} }}") } else { call }
    }

    /// The clone with its type and const arguments; lifetimes are never written out.
    fn clone_path(&self, number: u32) -> String {
        let function = self.function;
        let owner = if function.site.kind == SiteKind::Free { "" } else { "Self::" };
        let name = self.switch.clone_name(number, &function.name);
        let written = !function.generics.is_empty() && !function.takes_impl;
        let generics = if written { format!("::<{}>", function.generics.join(", ")) } else { String::new() };
        format!("{owner}{name}{generics}")
    }

    fn arms(&self, arms: &[&Variant]) -> Vec<(String, Thread)> {
        let mut parts = Vec::new();
        if arms.is_empty() {
            return parts;
        }
        parts.push((format!(" match {} {{", self.switch.call()), self.head()));
        for Variant { number, body, .. } in arms {
            let number = *number;
            parts.push((format!(" {number} => {{"), Thread::Variant(number)));
            parts.push((body.clone(), Thread::Body { number, at: 0, length: body.len() }));
            parts.push(("\n},".to_owned(), Thread::Variant(number)));
        }
        parts.push((" _ => {".to_owned(), self.head()));
        parts
    }

    fn clones(&self, clones: &[&Variant]) -> Result<Option<Insertion>, SchemaError> {
        let Function { site, owner, .. } = self.function;
        let inherent = owner.as_ref().filter(|_| site.kind == SiteKind::TraitImpl);
        let mut parts = Vec::new();
        if let Some(owner) = inherent {
            parts.push((format!("\n{}{} {{", owner.cfgs, owner.header), Thread::Header(self.part)));
        }
        for clone in clones {
            parts.extend(self.clone_parts(clone)?);
        }
        if inherent.is_some() {
            parts.push(("\n}\n".to_owned(), Thread::Header(self.part)));
        }
        let end = inherent.map_or(site.item.end, |owner| owner.end);
        Ok(Some(Insertion { at: end..end, rank: 5, parts }))
    }

    fn clone_parts(&self, clone: &Variant) -> Result<Vec<(String, Thread)>, SchemaError> {
        let Variant { number, ref body, .. } = *clone;
        let outside = |text: String| (text, Thread::Variant(number));
        let attributes = self.kept_attributes();
        let mut parts = vec![outside(format!("\n{attributes}{}{{", self.clone_signature(number)))];
        let mut done = 0;
        for (at, written) in self.rewritten(clone)? {
            parts.push((
                body[done..at.start].to_owned(),
                Thread::Body { number, at: done, length: at.start - done },
            ));
            parts.push((written, Thread::Body { number, at: at.start, length: at.len() }));
            done = at.end;
        }
        parts.push((body[done..].to_owned(), Thread::Body { number, at: done, length: body.len() - done }));
        parts.push(outside("\n}".to_owned()));
        Ok(parts)
    }

    /// The attributes that a clone needs as well.
    fn kept_attributes(&self) -> String {
        let kept = self
            .function
            .attributes
            .iter()
            .filter(|(name, _)| matches!(&**name, "cfg" | "track_caller" | "target_feature"));
        kept.map(|(_, at)| format!("{} ", &self.text[at.clone()])).collect()
    }

    fn clone_signature(&self, number: u32) -> String {
        let function = self.function;
        let mut edits = vec![(function.name_range.clone(), self.switch.clone_name(number, &function.name))];
        edits.extend(function.constness.clone().map(|at| (at, String::new())));
        edits.extend(self.own_associated(&function.associated));
        edits.sort_by_key(|(at, _)| at.start);
        let mut signature = String::new();
        let mut done = function.bare_signature.start;
        for (at, written) in edits {
            signature.push_str(&self.text[done..at.start]);
            signature.push_str(&written);
            done = at.end;
        }
        signature + &self.text[done..function.bare_signature.end]
    }

    /// `Self::Name` of the `impl`'s own names, outside the trait's `impl`, needs the trait written out.
    fn own_associated(&self, found: &[(Range<usize>, String)]) -> Vec<(Range<usize>, String)> {
        let owner = self.function.owner.as_ref();
        let Some((owner, name)) = owner.and_then(|owner| Some((owner, owner.implements.as_ref()?))) else {
            return Vec::new();
        };
        let own = found.iter().filter(|(_, associated)| owner.associated.contains(associated));
        own.map(|(at, _)| (at.clone(), format!("<Self as {name}>"))).collect()
    }

    fn rewritten(&self, clone: &Variant) -> Result<Vec<(Range<usize>, String)>, SchemaError> {
        if self.function.site.kind != SiteKind::TraitImpl {
            return Ok(Vec::new());
        }
        let (_, block) =
            parse_body(&clone.body).map_err(|why| SchemaError::Body { number: clone.number, why })?;
        let mut paths = SelfPaths::default();
        paths.visit_block(&block);
        let inside = |span: proc_macro2::Span| {
            let range = span.byte_range();
            range.start - 1..range.end - 1
        };
        let found: Vec<_> = paths.0.into_iter().map(|(span, name)| (inside(span), name)).collect();
        let mut edits = self.own_associated(&found);
        edits.sort_by_key(|(at, _)| at.start);
        edits.dedup();
        Ok(edits)
    }
}
