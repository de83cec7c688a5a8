//! Sentences become specifications: what the words say, and nothing else.

use cargo_gryph::intent::{self, IntentError};
use cargo_gryph::plan::plan;
use cargo_gryph::scaffold::scaffold;
use cargo_gryph::spec::service::{Access, FieldType};
use cargo_gryph::spec::{self, Spec};

/// What a sentence became, in one line.
fn drafted(sentence: &str) -> String {
    let draft = match intent::draft(sentence) {
        Ok(draft) => draft,
        Err(IntentError::NotEnough { why, .. }) => return format!("not enough: {why}"),
        Err(error) => return format!("error: {error}"),
    };
    let text = match draft.text() {
        Ok(text) => text,
        Err(IntentError::NotEnough { why, .. }) => return format!("not enough: {why}"),
        Err(error) => return format!("error: {error}"),
    };
    let spec = spec::parse(&text, "draft.toml").unwrap_or_else(|problems| panic!("{text}\n{problems:#?}"));
    scaffold(&plan(&spec)).unwrap_or_else(|error| panic!("{text}\n{error}"));
    [vec![shape(&spec)], draft.notes()].concat().join("; ")
}

fn shape(spec: &Spec) -> String {
    let service = spec.service.as_ref().unwrap();
    let settings = &service.settings;
    let roles: Vec<&str> = settings.roles.iter().map(|role| role.as_str()).collect();
    let mut shape = format!("{} {}", spec.project.name, spec.project.architecture.as_str());
    for word in [settings.security.as_str(), settings.database.as_str(), settings.scalability.as_str()] {
        if !["medium", "sqlite", "single"].contains(&word) {
            shape.push_str(&format!(" {word}"));
        }
    }
    if roles != ["member"] {
        shape.push_str(&format!(" {roles:?}"));
    }
    for entity in &service.entities {
        let fields: Vec<String> = entity.fields.iter().map(field).collect();
        let flags = [(entity.owned, "owned "), (entity.audit, "audit "), (entity.soft_delete, "soft ")];
        let flags: String = flags.iter().filter(|(set, _)| *set).map(|(_, word)| *word).collect();
        shape.push_str(&format!(" | {flags}{}({})", entity.name, fields.join(", ")));
        for (key, access) in entity.permissions.by_key() {
            match access {
                Access::Public => shape.push_str(&format!(" {key}=public")),
                Access::Roles(of) if *of != settings.roles => {
                    let of: Vec<&str> = of.iter().map(|role| role.as_str()).collect();
                    shape.push_str(&format!(" {key}={of:?}"));
                }
                Access::Roles(_) => {}
            }
        }
    }
    for socket in &service.sockets {
        shape.push_str(&format!(" | socket {}", socket.route));
    }
    shape
}

fn field(field: &cargo_gryph::spec::service::Field) -> String {
    let kind = match &field.kind {
        FieldType::Text(length) if length.max == 1_000 => "text".to_owned(),
        FieldType::Text(length) if length.min > 1 => format!("text {}-{}", length.min, length.max),
        FieldType::Text(length) => format!("text {}", length.max),
        FieldType::Email(_) => "email".to_owned(),
        FieldType::Url(_) => "url".to_owned(),
        FieldType::Integer { min, max } if *max < 1 << 50 => format!("integer {min}-{max}"),
        FieldType::Integer { .. } => "integer".to_owned(),
        FieldType::Number { .. } => "number".to_owned(),
        other => other.described(),
    };
    let marks = [(field.optional, "?"), (field.unique, "!")];
    let marks: String = marks.iter().filter(|(set, _)| *set).map(|(_, mark)| *mark).collect();
    format!("{}{marks}: {kind}", field.name)
}

#[test]
fn probe() {
    for line in std::fs::read_to_string("/tmp/sentences").unwrap().lines() {
        println!("{line}\n    => {}\n", drafted(line));
    }
}
