//! Rooms to talk in, in architectures whose examples have none: where they lie, and what is said of their messages. They are
//! built and tested whole with the other services of `factory`.

use crate::factory::{BLOG, SHOP, texts};

/// What people say in a room of the variants, with a choice that the check sees and one that it does not.
const TALK: &str = r#"
[[socket]]
path = "/talk/{room}"
doc = "What is said in a room, as it is said."
message = [
    { name = "text", type = "text", min = 1, max = 500 },
    { name = "tone", type = { one-of = ["calm", "loud"] } },
    { name = "mood", type = { one-of = ["glad", "sad", "x"] }, optional = true },
]
roles = ["member"]
largest = 4096
rate-limit = "20/second"
backlog = 64
check = "talk::is_fit"

[[function]]
path = "talk::is_fit"
signature = "pub fn is_fit(text: &str, tone: &str) -> bool"
doc = "Whether something is fit to be said: `text` is not blank, and has no exclamation mark where `tone` is `calm`."
examples = [
    'is_fit("Good morning", "loud")',
    'is_fit("Good morning", "calm")',
    'is_fit("Wow!", "loud")',
    '!is_fit("Wow!", "calm")',
    '!is_fit("  ", "loud")',
]
"#;

/// A specification with a room to talk in, which this role may open.
fn with_talk(spec: &str, role: &str, service: &str) -> String {
    let asked: String =
        spec.lines().filter(|line| !line.starts_with("complexity")).map(|line| format!("{line}\n")).collect();
    let talk =
        TALK.replace("\"member\"", &format!("\"{role}\"")).replace("check =", &format!("{service}\ncheck ="));
    format!("{asked}{talk}")
}

/// The blog with a room beside its pages.
pub(crate) fn blog() -> String {
    with_talk(BLOG, "reader", "")
}

/// The shop with a room in one of its services.
pub(crate) fn shop() -> String {
    with_talk(SHOP, "clerk", "service = \"shipping\"")
}

/// All of them, by their names.
pub(crate) fn all() -> [(&'static str, String); 2] {
    [("blog-talk", blog()), ("shop-talk", shop())]
}

#[test]
fn choices_of_messages_are_in_the_document() {
    let routes = &texts(&blog())["src/controllers/api/talk_by_room_socket.rs"];
    assert!(routes.contains("#[schema(value_type = String, pattern = \"^(calm|loud)$\")]"), "{routes}");
    assert!(
        routes.contains("#[schema(value_type = Option<String>, pattern = \"^(glad|sad|x)$\")]"),
        "{routes}"
    );
}

#[test]
fn rooms_of_one_process_are_not_scaled_out() {
    let asked = |spec: &str| spec.replace("[service]\n", "[service]\ndatabase = \"postgresql\"\n");
    let blog = texts(&asked(&blog()));
    assert!(blog["deploy/kubernetes/hpa.yaml"].contains("maxReplicas: 1\n"));
    assert!(texts(&asked(BLOG))["deploy/kubernetes/hpa.yaml"].contains("maxReplicas: 10\n"));
    let shop = texts(&asked(&shop()));
    for (program, most) in [("gateway", 10), ("services/catalog", 10), ("services/shipping", 1)] {
        let scaled = &shop[&format!("{program}/deploy/kubernetes/hpa.yaml")];
        assert!(scaled.contains(&format!("maxReplicas: {most}\n")), "{program}: {scaled}");
    }
}

#[test]
fn a_socket_is_of_one_service_and_of_the_gateway() {
    let files = texts(&shop());
    let is_about = |path: &&String| path.ends_with("talk_by_room_socket.rs");
    let places: Vec<&String> = files.keys().filter(is_about).collect();
    assert_eq!(
        places,
        [
            "gateway/tests/it/talk_by_room_socket.rs",
            "services/shipping/src/service/talk_by_room_socket.rs",
            "services/shipping/src/web/talk_by_room_socket.rs",
            "services/shipping/tests/it/talk_by_room_socket.rs",
        ]
    );
    assert!(
        files["contracts/src/lib.rs"]
            .contains("\"/talk/{room}\", services: &[Service::Shipping, ], socket: Some(Service::Shipping)")
    );
}
