//! Who may do something.

use serde::Serialize;

use super::name::Name;
use crate::similar::nearest;
use crate::spec::fields::Fields;
use crate::spec::problem::Problems;

/// Who may do something; `admin` always may.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Access {
    /// Everybody, without logging in.
    Public,
    /// People with one of these roles, in the order of `[service]`; none is `admin` alone.
    Roles(Vec<Name>),
}

impl Access {
    /// Whether nobody needs to log in.
    pub fn is_public(&self) -> bool {
        *self == Self::Public
    }

    /// Whether somebody with this role may.
    pub fn admits(&self, role: &Name) -> bool {
        match self {
            Self::Public => true,
            Self::Roles(roles) => roles.contains(role),
        }
    }

    /// Reads the roles at a key; every role where there are none.
    pub(super) fn read(
        fields: &mut Fields<'_>,
        key: &'static str,
        roles: &[Name],
        problems: &mut Problems<'_>,
    ) -> Self {
        if fields.value(key).is_none() {
            return Self::Roles(roles.to_vec());
        }
        let texts = fields.texts(key, problems);
        if texts.is_empty() {
            let hint = "write [\"admin\"] for nobody else, [\"public\"] for everybody";
            problems.report(fields.place(key), format!("`{key}` names no role"), hint);
        }
        for text in &texts {
            let known = roles.iter().map(Name::as_str).chain(["admin", "public"]);
            if known.clone().all(|known| known != text.value) {
                let hint = nearest(&text.value, known).map_or_else(
                    || "name it in `roles` of [service]".to_owned(),
                    |known| format!("did you mean `{known}`?"),
                );
                let shown: String = text.value.chars().take(40).collect();
                problems.report(text.span.clone(), format!("no role `{}`", shown.escape_debug()), hint);
            }
        }
        let named = |role: &str| texts.iter().any(|text| text.value == role);
        if named("public") && texts.len() > 1 {
            let hint = "\"public\" is everybody: leave the others out, or leave it out";
            problems.report(fields.place(key), format!("`{key}` names \"public\" and roles"), hint);
        }
        if named("public") {
            return Self::Public;
        }
        Self::Roles(roles.iter().filter(|role| named(role.as_str())).cloned().collect())
    }
}

/// Who may do what with the rows of an entity.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Permissions {
    /// Who may make one.
    pub create: Access,
    /// Who may see them.
    pub read: Access,
    /// Who may change one.
    pub update: Access,
    /// Who may delete one.
    pub delete: Access,
}

impl Permissions {
    /// Everybody may everything.
    pub(super) fn public() -> Self {
        let [create, read, update, delete] = [(); 4].map(|()| Access::Public);
        Self { create, read, update, delete }
    }

    /// Reads the four keys of an entity.
    pub(super) fn read(fields: &mut Fields<'_>, roles: &[Name], problems: &mut Problems<'_>) -> Self {
        let [create, read, update, delete] =
            ["create", "read", "update", "delete"].map(|key| Access::read(fields, key, roles, problems));
        Self { create, read, update, delete }
    }

    /// All four by their keys.
    pub fn by_key(&self) -> [(&'static str, &Access); 4] {
        [("create", &self.create), ("read", &self.read), ("update", &self.update), ("delete", &self.delete)]
    }
}
