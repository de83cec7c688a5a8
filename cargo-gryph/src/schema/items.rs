//! Items and constants that a body may not hold.

use syn::spanned::Spanned;
use syn::visit::{self, Visit};

/// Finds the first item that a body may not hold, and loops that would run inside the compiler.
#[derive(Default)]
pub(crate) struct Items {
    /// What it is, and the byte where it begins.
    pub(crate) found: Option<(String, usize)>,
    is_const: bool,
}

impl Items {
    fn refuse(&mut self, what: &str, span: proc_macro2::Span) {
        self.found.get_or_insert_with(|| (what.to_owned(), span.byte_range().start));
    }

    fn in_const(&mut self, walk: impl FnOnce(&mut Self)) {
        let before = std::mem::replace(&mut self.is_const, true);
        walk(self);
        self.is_const = before;
    }
}

impl<'ast> Visit<'ast> for Items {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        let what = match item {
            syn::Item::Fn(function) if function.sig.constness.is_some() => Some("a `const fn`"),
            syn::Item::Fn(_) | syn::Item::Const(_) | syn::Item::Use(_) | syn::Item::Type(_) => None,
            syn::Item::Struct(_) | syn::Item::Enum(_) => None,
            syn::Item::Impl(_) => Some("an `impl`"),
            syn::Item::Macro(_) => Some("a macro at the place of an item"),
            _ => Some("an item other than `fn`, `const`, `use`, `type`, `struct` or `enum`"),
        };
        if let Some(what) = what {
            self.refuse(what, item.span());
        }
        visit::visit_item(self, item);
    }

    fn visit_item_const(&mut self, item: &'ast syn::ItemConst) {
        self.in_const(|items| visit::visit_item_const(items, item));
    }

    fn visit_expr_const(&mut self, block: &'ast syn::ExprConst) {
        self.in_const(|items| visit::visit_expr_const(items, block));
    }

    fn visit_expr_repeat(&mut self, repeat: &'ast syn::ExprRepeat) {
        self.visit_expr(&repeat.expr);
        self.in_const(|items| items.visit_expr(&repeat.len));
    }

    fn visit_type(&mut self, of: &'ast syn::Type) {
        self.in_const(|items| visit::visit_type(items, of));
    }

    fn visit_generic_argument(&mut self, argument: &'ast syn::GenericArgument) {
        self.in_const(|items| visit::visit_generic_argument(items, argument));
    }

    fn visit_expr(&mut self, expression: &'ast syn::Expr) {
        let endless = matches!(expression, syn::Expr::Loop(_) | syn::Expr::While(_));
        if self.is_const && endless {
            self.refuse("a loop in a constant, which may keep the compiler for ever", expression.span());
        }
        visit::visit_expr(self, expression);
    }
}
