//! The names of one schema: drawn anew for every run, so that no candidate can know them.

use crate::digest::Digest;
use crate::schema::choice::TYPE;
use crate::schema::forbidden::RESERVED;

/// The names a schema adds to a crate.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Switch {
    /// The module at the end of the crate root.
    pub module: String,
    /// The environment variable that holds the number of the active variant.
    pub variable: String,
    /// How the names of clones begin.
    pub prefix: String,
}

impl Switch {
    /// Draws names from a seed and the number of the schema in its run.
    pub fn draw(seed: u64, number: u64) -> Self {
        let drawn =
            Digest::of_parts([b"switch".as_slice(), &seed.to_le_bytes(), &number.to_le_bytes()]).to_string();
        Self {
            module: format!("{RESERVED}_{}", &drawn[..16]),
            variable: format!("G{}", drawn[16..40].to_uppercase()),
            prefix: format!("{RESERVED}_{}", &drawn[40..52]),
        }
    }

    /// The call that answers with the active variant.
    pub(crate) fn call(&self) -> String {
        format!("crate::{}::variant()", self.module)
    }

    /// The name of a clone.
    pub(crate) fn clone_name(&self, number: u32, name: &str) -> String {
        format!("{}_{number}_{}", self.prefix, name.trim_start_matches("r#"))
    }

    /// The path of the type that holds one of two types.
    pub(crate) fn choice(&self) -> String {
        format!("crate::{}::Choice", self.module)
    }

    /// The module's text, with the type that holds one of two if it is needed.
    pub(crate) fn module_text(&self, needs_choice: bool) -> String {
        let Self { module, variable, .. } = self;
        let choice = if needs_choice { TYPE } else { "" };
        format!(
            r#"
#[doc(hidden)]
#[allow(warnings)]
mod {module} {{
    extern crate std as gstd;
    use self::gstd::sync::atomic::{{AtomicU32, Ordering}};
    static ACTIVE: AtomicU32 = AtomicU32::new(!0);
    #[inline]
    pub fn variant() -> u32 {{
        let active = ACTIVE.load(Ordering::Relaxed);
        if active != !0 {{ active }} else {{ read() }}
    }}
    #[cold]
    fn read() -> u32 {{
        let active = match self::gstd::env::var("{variable}") {{
            self::gstd::result::Result::Ok(text) => text.parse().unwrap_or(0),
            self::gstd::result::Result::Err(_) => 0,
        }};
        ACTIVE.store(active, Ordering::Relaxed);
        active
    }}
{choice}}}
"#
        )
    }

    /// The text of a module that notes the first hit of each of so many probes at the end of a file.
    pub(crate) fn probe_module_text(&self, probes: usize) -> String {
        let Self { module, variable, .. } = self;
        format!(
            r#"
#[doc(hidden)]
#[allow(warnings)]
mod {module} {{
    extern crate std as gstd;
    use self::gstd::io::Write as _;
    use self::gstd::sync::atomic::{{AtomicBool, Ordering}};
    const UNSEEN: AtomicBool = AtomicBool::new(false);
    static SEEN: [AtomicBool; {probes}] = [UNSEEN; {probes}];
    #[inline]
    pub fn hit(probe: usize) {{
        if !SEEN[probe].load(Ordering::Relaxed) {{ note(probe) }}
    }}
    #[cold]
    fn note(probe: usize) {{
        if SEEN[probe].swap(true, Ordering::Relaxed) {{ return; }}
        let path = match self::gstd::env::var_os("{variable}") {{
            self::gstd::option::Option::Some(path) => path,
            self::gstd::option::Option::None => return,
        }};
        let file = self::gstd::fs::OpenOptions::new().create(true).append(true).open(path);
        if let self::gstd::result::Result::Ok(mut file) = file {{
            let _ = file.write_all(self::gstd::format!("{{}}\n", probe).as_bytes());
        }}
    }}
}}
"#
        )
    }

    /// A text with the names of clones turned back into the functions' own.
    pub(crate) fn own_names(&self, text: &str) -> String {
        let mut plain = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(at) = rest.find(&self.prefix) {
            plain.push_str(&rest[..at]);
            let after = rest[at + self.prefix.len()..].trim_start_matches('_');
            let name = after.trim_start_matches(|c: char| c.is_ascii_digit());
            rest = name.strip_prefix('_').unwrap_or(name);
        }
        plain.push_str(rest);
        plain
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_differ_between_runs_and_between_schemata() {
        let drawn = [Switch::draw(1, 1), Switch::draw(1, 2), Switch::draw(2, 1)];
        assert_eq!(drawn[0], Switch::draw(1, 1));
        for (one, other) in [(0, 1), (0, 2), (1, 2)] {
            assert_ne!(drawn[one].module, drawn[other].module);
            assert_ne!(drawn[one].variable, drawn[other].variable);
            assert_ne!(drawn[one].prefix, drawn[other].prefix);
        }
    }

    #[test]
    fn messages_speak_of_the_function_itself() {
        let switch = Switch::draw(3, 1);
        let message =
            format!("in `{}` and `{}`", switch.clone_name(7, "parse_2x"), switch.clone_name(81, "r#type"));
        assert_eq!(switch.own_names(&message), "in `parse_2x` and `type`");
    }
}
