//! The words that the rules know, and what they stand for.

use crate::spec::service::{Database, Scalability, Security};
use crate::spec::{Architecture, Kind};

/// Words that say what is not wanted.
pub(super) const NEGATIONS: &[&str] =
    &["without", "no", "not", "never", "except", "excluding", "neither", "nor", "don't", "doesn't"];

/// Words that a sentence is built with and that ask for nothing.
#[rustfmt::skip]
const FILLER: &[&str] = &[
    "a", "about", "all", "also", "an", "and", "any", "anything", "are", "as", "at", "be", "between",
    "build", "but", "by", "can", "could", "create", "do", "each", "every", "for", "from", "give", "has",
    "have", "having", "i", "i'd", "in", "into", "is", "it", "its", "let", "lets", "like", "make", "many",
    "me", "multiple", "my", "need", "needs", "new", "of", "on", "one", "or", "our", "people", "please",
    "plus", "several", "should", "simple", "small", "so", "some", "something", "stuff", "such", "that",
    "the", "their", "them", "there", "they", "thing", "things", "this", "to", "uses", "using", "want",
    "wants", "we", "well", "what", "where", "which", "who", "will", "with", "write", "would", "you", "your",
];

/// Whether a word asks for nothing by itself.
pub(super) fn is_filler(word: &str) -> bool {
    FILLER.contains(&word)
}

/// What is to be made. The last of the words that stand side by side says it: an "API client library" is a library.
pub(super) const KINDS: &[(&str, Kind)] = &[
    ("command-line tool", Kind::Cli),
    ("command-line program", Kind::Cli),
    ("command line tool", Kind::Cli),
    ("command line program", Kind::Cli),
    ("command-line", Kind::Cli),
    ("command line", Kind::Cli),
    ("cli tool", Kind::Cli),
    ("cli", Kind::Cli),
    ("tool", Kind::Cli),
    ("program", Kind::Cli),
    ("utility", Kind::Cli),
    ("library", Kind::Library),
    ("crate", Kind::Library),
    ("rest api", Kind::Service),
    ("restful api", Kind::Service),
    ("http api", Kind::Service),
    ("web api", Kind::Service),
    ("json api", Kind::Service),
    ("api", Kind::Service),
    ("rest service", Kind::Service),
    ("web service", Kind::Service),
    ("web app", Kind::Service),
    ("web application", Kind::Service),
    ("service", Kind::Service),
    ("services", Kind::Service),
    ("microservice", Kind::Service),
    ("microservices", Kind::Service),
    ("backend", Kind::Service),
    ("server", Kind::Service),
    ("website", Kind::Service),
    ("site", Kind::Service),
    ("app", Kind::Service),
    ("application", Kind::Service),
    ("system", Kind::Service),
    ("platform", Kind::Service),
    ("portal", Kind::Service),
    ("tracker", Kind::Service),
    ("manager", Kind::Service),
    ("planner", Kind::Service),
    ("catalog", Kind::Service),
    ("catalogue", Kind::Service),
    ("registry", Kind::Service),
    ("crm", Kind::Service),
];

/// How a service is divided.
pub(super) const ARCHITECTURES: &[(&str, Architecture)] = &[
    ("hexagonal architecture", Architecture::Hexagonal),
    ("hexagonal", Architecture::Hexagonal),
    ("ports and adapters", Architecture::Hexagonal),
    ("layered architecture", Architecture::Layered),
    ("layered", Architecture::Layered),
    ("three-tier", Architecture::Layered),
    ("n-tier", Architecture::Layered),
    ("clean architecture", Architecture::Clean),
    ("mvc", Architecture::Mvc),
    ("server-rendered pages", Architecture::Mvc),
    ("server-rendered", Architecture::Mvc),
    ("web pages", Architecture::Mvc),
    ("html pages", Architecture::Mvc),
    ("with pages", Architecture::Mvc),
    ("pages and forms", Architecture::Mvc),
    ("pages for", Architecture::Mvc),
    ("event-driven", Architecture::EventDriven),
    ("event driven", Architecture::EventDriven),
    ("nats", Architecture::EventDriven),
    ("with events", Architecture::EventDriven),
    ("domain events", Architecture::EventDriven),
    ("publishes events", Architecture::EventDriven),
    ("event bus", Architecture::EventDriven),
    ("microservices", Architecture::Microservices),
    ("micro services", Architecture::Microservices),
    ("serverless functions", Architecture::Serverless),
    ("serverless", Architecture::Serverless),
    ("lambdas", Architecture::Serverless),
    ("lambda functions", Architecture::Serverless),
    ("lambda", Architecture::Serverless),
    ("cloud functions", Architecture::Serverless),
    ("monolith", Architecture::Monolith),
    ("monolithic", Architecture::Monolith),
];

/// Where rows are kept.
pub(super) const DATABASES: &[(&str, Database)] = &[
    ("postgresql", Database::Postgresql),
    ("postgres", Database::Postgresql),
    ("sqlite", Database::Sqlite),
    ("embedded database", Database::Sqlite),
];

/// How much is demanded.
pub(super) const SECURITY: &[(&str, Security)] = &[
    ("critical security", Security::Critical),
    ("security critical", Security::Critical),
    ("security-critical", Security::Critical),
    ("high security", Security::High),
    ("highly secure", Security::High),
    ("very secure", Security::High),
    ("security high", Security::High),
    ("low security", Security::Low),
    ("security low", Security::Low),
    ("medium security", Security::Medium),
    ("security medium", Security::Medium),
    ("secure", Security::Medium),
];

/// How many processes serve it.
pub(super) const SCALABILITY: &[(&str, Scalability)] = &[
    ("replicated", Scalability::Replicated),
    ("several instances", Scalability::Replicated),
    ("several replicas", Scalability::Replicated),
    ("multiple instances", Scalability::Replicated),
    ("elastic", Scalability::Elastic),
    ("autoscaling", Scalability::Elastic),
    ("auto-scaling", Scalability::Elastic),
    ("autoscaled", Scalability::Elastic),
];

/// What every service does with the people who use it.
pub(super) const ACCOUNTS: &[&str] = &[
    "user authentication",
    "authentication",
    "user authorization",
    "authorization",
    "authorisation",
    "role-based access control",
    "role-based access",
    "rbac",
    "auth",
    "user accounts",
    "user management",
    "accounts",
    "logging in",
    "log in",
    "log out",
    "login",
    "logins",
    "protected by login",
    "protected by a login",
    "protected by a password",
    "protected by passwords",
    "password protected",
    "password-protected",
    "logout",
    "sign up",
    "sign in",
    "signup",
    "register",
    "registration",
    "user registration",
    "registers",
    "registering",
    "user sessions",
    "jwt",
    "jwts",
    "access tokens",
    "refresh tokens",
    "api keys",
    "users",
    "user",
];

/// What else every service has.
#[rustfmt::skip]
pub(super) const GIVEN: &[&str] = &[
    "rest", "restful", "json", "http", "crud", "crud operations", "openapi", "swagger", "docker",
    "dockerfile", "docker compose", "kubernetes", "terraform", "health checks", "metrics", "prometheus",
    "pagination", "rate limits", "rate limiting", "rate limit", "rate limited", "rate-limited", "validation",
    "migrations", "tests", "tested", "idempotency", "cors", "database", "documented",
];

/// Rows whose changes are written down.
pub(super) const AUDIT: &[&str] = &[
    "an audit trail",
    "audit trail",
    "audit trails",
    "audit log",
    "audit logs",
    "audited",
    "auditing",
    "audit",
];

/// Rows that stay when they are deleted.
pub(super) const SOFT_DELETE: &[&str] = &[
    "soft delete",
    "soft deletes",
    "soft-delete",
    "soft deletion",
    "soft-deleted",
    "trash bin",
    "recycle bin",
];

/// Rows that belong to who made them, said behind them.
pub(super) const OWNED: &[&str] = &[
    "owned by their users",
    "owned by the users",
    "owned by users",
    "owned by a user",
    "owned by the user",
    "owned by their owner",
    "owned by who made them",
    "belonging to users",
    "belonging to their users",
    "belonging to a user",
    "private to users",
    "private to their users",
    "private to the user",
    "private to each user",
    "private to their owner",
    "private to their owners",
    "private to the owner",
    "that are private by default",
    "private by default",
    "that are private",
    "which are private",
    "visible only to the owner",
    "visible only to their owner",
    "visible just to the owner",
    "visible just to their owner",
    "only visible to the owner",
    "only visible to their owner",
    "for personal use",
    "belong to users",
    "belong to their users",
    "belong to a user",
    "belongs to a user",
    "of the people who log in",
    "of people who log in",
    "of their own",
    "per user",
    "for each user",
    "owned",
];

/// The same, said before them.
pub(super) const OWN: &[&str] = &["private", "personal", "own", "my"];

/// Messages that go both ways.
pub(super) const LIVE: &[&str] = &[
    "chat rooms",
    "chat",
    "websockets",
    "websocket",
    "web sockets",
    "live updates",
    "live messages",
    "live",
    "real-time updates",
    "real-time",
    "real time",
    "realtime",
];

/// Work in the background.
pub(super) const BACKGROUND: &[&str] = &[
    "background tasks",
    "background task",
    "background jobs",
    "background job",
    "scheduled tasks",
    "scheduled jobs",
    "in the background",
    "every minute",
    "every hour",
    "every day",
    "every night",
    "hourly",
    "daily",
    "nightly",
    "weekly",
];

/// Words that a list of what is kept follows.
#[rustfmt::skip]
pub(super) const KEEPS: &[&str] = &[
    "manages", "manage", "managing", "stores", "store", "storing", "keeps", "keep", "keeping", "tracks",
    "track", "tracking", "handles", "handle", "handling", "organises", "organise", "organizes", "organize",
    "saves", "save", "saving", "holds", "hold", "collects", "collect", "lists", "publishes", "publish",
    "publishing", "sells", "sell", "selling", "entities", "resources", "tables", "adds", "add", "for", "of",
    "about", "with", "on",
];

/// Words before an `of` that what is kept follows.
pub(super) const MANY: &[&str] = &[
    "catalog",
    "catalogue",
    "list",
    "lists",
    "collection",
    "registry",
    "database",
    "directory",
    "library",
    "inventory",
];

/// What no entity keeps, in whatever words.
pub(super) const SECRETS: &[&str] = &["passwords", "password", "secrets", "credentials"];

/// Words for what no rule can give. They are no names of what is kept either.
#[rustfmt::skip]
pub(super) const STRANGE: &[&str] = &[
    "graphql", "grpc", "soap", "oauth", "oauth2", "oidc", "sso", "saml", "ldap", "2fa", "mfa", "kafka",
    "rabbitmq", "redis", "mongodb", "mongo", "mysql", "mariadb", "oracle", "dynamodb", "cassandra",
    "elasticsearch", "s3", "aws", "azure", "gcp", "react", "vue", "angular", "svelte", "htmx", "wasm",
    "frontend", "ui", "interface", "interfaces", "ai", "llm", "machine-learning", "learning", "blockchain",
    "graph", "opentelemetry", "otlp", "encryption", "encrypted", "stripe", "paypal",
];

/// Words that name what a service is about, and what it keeps where the sentence does not say.
pub(super) const SUBJECTS: &[(&str, &str)] = &[
    ("blog", "post"),
    ("shop", "product"),
    ("webshop", "product"),
    ("wiki", "article"),
    ("forum", "thread"),
    ("todo", "todo"),
    ("chat", "room"),
];

/// Roles of somebody who may do least, one of which who registers gets.
#[rustfmt::skip]
pub(super) const PLAIN_ROLES: &[&str] = &[
    "member", "user", "customer", "reader", "viewer", "guest", "subscriber", "student", "visitor", "client",
    "employee",
];

/// What a role may do with rows, by the words for it.
#[rustfmt::skip]
pub(super) const DEEDS: &[(&str, &[&str])] = &[
    ("create", &["create"]), ("add", &["create"]), ("post", &["create"]), ("submit", &["create"]),
    ("upload", &["create"]), ("enter", &["create"]), ("write", &["create", "update", "delete"]),
    ("read", &["read"]), ("see", &["read"]), ("view", &["read"]), ("browse", &["read"]),
    ("update", &["update"]), ("edit", &["update"]), ("change", &["update"]), ("modify", &["update"]),
    ("delete", &["delete"]), ("remove", &["delete"]), ("manage", &["create", "update", "delete"]),
    ("maintain", &["create", "update", "delete"]), ("access", &["create", "read", "update", "delete"]),
];

/// Words for people, but for no role, and for what is made.
#[rustfmt::skip]
pub(super) const NO_ROLES: &[&str] = &[
    "everyone", "everybody", "anyone", "anybody", "someone", "somebody", "nobody", "none", "everything",
    "them", "others", "service", "app", "api", "application", "website", "site", "system", "platform", "server", "backend",
    "program", "tool", "portal",
];

/// Words in the place of a noun that name nothing to keep.
#[rustfmt::skip]
pub(super) const NO_NOUNS: &[&str] = &[
    "everyone", "everybody", "anyone", "anybody", "someone", "somebody", "nobody", "none", "everything",
    "anything", "nothing", "admin", "admins", "administrator", "administrators", "others", "more",
];

/// Words that keep somebody from something.
pub(super) const RESTRICTING: &[&str] = &[
    "only",
    "nobody",
    "cannot",
    "can't",
    "forbidden",
    "hidden",
    "permitted",
    "prohibited",
    "denied",
    "private",
];

/// Words that say who may, which keeps others from it unless all may.
pub(super) const ADMITTING: &[&str] = &["visible", "readable", "editable", "accessible", "allowed"];

/// Whether a word says that somebody may or may not, rather than what is kept.
pub(super) fn says_who_may(word: &str) -> bool {
    closes(word) || RESTRICTING.contains(&word) || ADMITTING.contains(&word)
}

/// Whether a word before a noun closes what the noun names, whatever it is: `admin-only reports`.
pub(super) fn closes(word: &str) -> bool {
    let whose = word.strip_suffix("-only").map(|whose| whose.strip_suffix('s').unwrap_or(whose));
    let others = ["admin", "staff", "team", "manager", "owner", "read", "internal", "invite"];
    whose.is_some_and(|whose| PLAIN_ROLES.contains(&whose) || others.contains(&whose))
        || ["confidential", "restricted"].contains(&word)
}

/// Nouns that end like words of manner.
#[rustfmt::skip]
const NOT_OF_MANNER: &[&str] = &[
    "family", "reply", "assembly", "supply", "anomaly", "butterfly", "bed", "shed", "sled", "feed", "seed", "breed",
    "weed",
];

/// Whether a word says how something is: `deployed`, `preferably`.
pub(super) fn is_manner(word: &str) -> bool {
    (word.ends_with("ly") || word.ends_with("ed")) && !NOT_OF_MANNER.contains(&word)
}

/// Fields of which a date or a time is named once for two: `start and end dates`.
#[rustfmt::skip]
pub(super) const PAIRED: &[&str] = &[
    "start", "begin", "end", "arrival", "departure", "check-in", "check-out", "checkin", "checkout", "opening", "closing",
    "pickup", "delivery", "return", "issue", "expiry", "birth", "death", "order", "creation", "due",
];

/// What is said of a service as a whole, and names nothing that it keeps.
pub(super) fn of_no_entity() -> impl Iterator<Item = &'static str> {
    let lists = [ACCOUNTS, GIVEN, AUDIT, SOFT_DELETE, LIVE, BACKGROUND];
    let settings =
        DATABASES.iter().map(|(phrase, _)| phrase).chain(SECURITY.iter().map(|(phrase, _)| phrase));
    let settings = settings.chain(SCALABILITY.iter().map(|(phrase, _)| phrase));
    let settings = settings.chain(ARCHITECTURES.iter().map(|(phrase, _)| phrase));
    lists.into_iter().flatten().chain(settings).copied()
}
