//! Claims about settings as a whole.

use super::*;

fn map(entries: &[(&str, &str)]) -> BTreeMap<String, String> {
    entries.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// Sources with these texts as files of the user and the workspace.
fn sources(dir: &tempfile::TempDir, user: &str, workspace: &str) -> Sources {
    let write = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        Some(path)
    };
    Sources {
        user: write("user.toml", user),
        workspace: write("workspace.toml", workspace),
        ..Sources::default()
    }
}

fn error(user: &str, environment: &[(&str, &str)]) -> String {
    let dir = tempfile::tempdir().unwrap();
    let sources = Sources { environment: map(environment), ..sources(&dir, user, "") };
    let error = Settings::load(&sources).expect_err(user).to_string();
    error.replace(&dir.path().display().to_string(), "DIR")
}

#[test]
fn the_defaults_hold_every_key_with_a_comment() {
    let settings = Settings::load(&Sources::default()).unwrap();
    assert_eq!(settings.coverage, Setting { value: 90.0, origin: Origin::Default });
    for key in Key::ALL {
        let line = format!("\n{} = ", key.name());
        let at = DEFAULTS.find(&line).unwrap_or_else(|| panic!("{} has no default", key.name()));
        assert!(DEFAULTS[..at].lines().last().is_some_and(|line| line.starts_with('#')), "{}", key.name());
    }
}

#[test]
fn the_last_layer_that_sets_a_value_holds_and_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let mut all = sources(&dir, "rounds = 2\nsamples = 2\njobs = 2", "samples = 3\njobs = 3");
    all.environment = map(&[
        ("GRYPH_JOBS", "4"),
        ("GRYPH_HOME", "/elsewhere"),
        ("GRYPH_MODEL_TESTS", "1"),
        ("PATH", "/bin"),
    ]);
    all.flags = map(&[("max-time", "5m")]);
    let settings = Settings::load(&all).unwrap();
    assert_eq!(settings.rounds, Setting { value: 2, origin: Origin::User(dir.path().join("user.toml")) });
    assert_eq!(settings.samples.value, 3);
    assert_eq!(settings.jobs, Setting { value: 4, origin: Origin::Environment("GRYPH_JOBS".to_owned()) });
    assert_eq!(settings.max_time.value, Duration::from_secs(300));
    assert_eq!(settings.max_time.origin.to_string(), "the flag `--max-time`");
}

/// A file, variables, and what is said of them.
type Problem<'a> = (&'a str, &'a [(&'a str, &'a str)], &'a str);

#[test]
fn problems_name_the_key_the_place_and_what_was_meant() {
    let cases: &[Problem] = &[
        ("max_time = '1m'", &[], "unknown setting `max_time` in `DIR/user.toml`; did you mean `max-time`?"),
        ("zebra = 1", &[], "unknown setting `zebra` in `DIR/user.toml`"),
        (
            "rounds = 0",
            &[],
            "setting `rounds` in `DIR/user.toml` is `0`, expected a whole number from 1 to 100",
        ),
        (
            "rounds = 'x'",
            &[],
            "setting `rounds` in `DIR/user.toml` is `\"x\"`, expected a whole number from 1 to 100",
        ),
        (
            "coverage = nan",
            &[],
            "setting `coverage` in `DIR/user.toml` is `nan`, expected a number from 0 to 100",
        ),
        (
            "",
            &[("GRYPH_ROUNS", "2")],
            "unknown setting `GRYPH_ROUNS` in the variable `GRYPH_ROUNS`; did you mean `rounds`?",
        ),
        (
            "",
            &[("GRYPH_MAX_TIME", "9")],
            "setting `max-time` in the variable `GRYPH_MAX_TIME` is `9`, expected a time such as 90s, 5m or 1h",
        ),
    ];
    for (user, environment, expected) in cases {
        assert_eq!(error(user, environment), *expected);
    }
    assert!(error("rounds =", &[]).starts_with("configuration `DIR/user.toml` is not valid"));
}

#[test]
fn secrets_are_refused_and_not_repeated() {
    for (user, environment) in [
        ("api-key = 'abc123'", &[] as &[(&str, &str)]),
        ("hub-token = 'abc123'", &[]),
        ("model = 'ghp_abc123'", &[]),
        ("", &[("GRYPH_API_KEY", "abc123")]),
        ("", &[("GRYPH_MODEL", "sk-abc123")]),
    ] {
        let error = error(user, environment);
        assert!(error.contains("looks like a secret") && !error.contains("abc123"), "{error}");
    }
}

#[test]
fn above_the_workspace_acceptance_is_only_tightened() {
    let dir = tempfile::tempdir().unwrap();
    let load = |environment: &[(&str, &str)], flags: &[(&str, &str)]| {
        let files = sources(&dir, "", "coverage = 80\nsandbox-layers = ['landlock']");
        Settings::load(&Sources { environment: map(environment), flags: map(flags), ..files })
    };
    assert_eq!(load(&[], &[]).unwrap().coverage.value, 80.0);
    assert_eq!(load(&[("GRYPH_COVERAGE", "85")], &[("coverage", "95")]).unwrap().coverage.value, 95.0);
    for (environment, flags) in [
        (&[("GRYPH_COVERAGE", "79")][..], &[][..]),
        (&[("GRYPH_COVERAGE", "95")][..], &[("coverage", "85")][..]),
    ] {
        assert!(matches!(load(environment, flags), Err(ConfigError::Loosened { .. })));
    }
    let layers = load(&[("GRYPH_SANDBOX_LAYERS", "seccomp, landlock")], &[]).unwrap().sandbox_layers.value;
    assert_eq!(layers, ["landlock", "seccomp"]);
}

#[test]
fn the_page_shows_the_reference() {
    let page = include_str!("../../../docs/configuration.md");
    assert!(
        page.contains(&format!("```toml\n{DEFAULTS}```\n")),
        "docs/configuration.md shows another defaults.toml"
    );
    for key in Key::ALL {
        let row = format!("| `{}` | `{}` | {} |", key.name(), key.variable(), key.kind());
        assert!(page.contains(&row), "docs/configuration.md lacks: {row}");
    }
}

proptest::proptest! {
    #[test]
    fn no_file_or_variable_makes_the_reader_panic(text in ".{0,120}", key in 0..Key::ALL.len()) {
        let _ = layer::parse(&Origin::Default, &text);
        let _ = layer::parse(&Origin::Default, &format!("{} = {text}", Key::ALL[key].name()));
        let _ = layer::environment(&map(&[(&Key::ALL[key].variable(), &text)]));
    }
}

#[test]
fn another_text_may_stand_for_the_workspaces_file() {
    let dir = tempfile::tempdir().unwrap();
    let on_disk = sources(&dir, "", "rounds = 3");
    let trusted = Sources { workspace_text: Some("rounds = 5".to_owned()), ..on_disk.clone() };
    assert_eq!(Settings::load(&on_disk).unwrap().rounds.value, 3);
    assert_eq!(Settings::load(&trusted).unwrap().rounds.value, 5);
}

#[test]
fn the_table_of_the_gate_stands_in_the_workspaces_file_only() {
    let dir = tempfile::tempdir().unwrap();
    let gate = "rounds = 3\n[gate]\nprofile = 'strict'";
    assert_eq!(Settings::load(&sources(&dir, "", gate)).unwrap().rounds.value, 3);
    let error = |user: &str, workspace: &str| {
        Settings::load(&sources(&dir, user, workspace)).unwrap_err().to_string()
    };
    assert!(error(gate, "").contains("unknown setting `gate`"));
    assert!(
        error("", "[gate]\nprofil = 'strict'").contains("2:1: unknown key `profil`; did you mean `profile`?")
    );
}
