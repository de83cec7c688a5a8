//! Words that a service cannot give to its own things: those of SQL, and those that its platform needs.

/// Keywords of SQLite (<https://sqlite.org/lang_keywords.html>), words that PostgreSQL reserves (appendix C of its
/// manual), and the columns that both have in every table.
#[rustfmt::skip]
pub(super) const SQL: &[&str] = &[
    "abort", "action", "add", "after", "all", "alter", "always", "analyse", "analyze", "and", "any",
    "array", "as", "asc", "asymmetric", "attach", "authorization", "autoincrement", "before", "begin",
    "between", "binary", "both", "by", "cascade", "case", "cast", "check", "cmax", "cmin", "collate",
    "collation", "column", "commit", "concurrently", "conflict", "constraint", "create", "cross", "ctid",
    "current", "current_catalog", "current_date", "current_role", "current_schema", "current_time",
    "current_timestamp", "current_user", "database", "default", "deferrable", "deferred", "delete", "desc",
    "detach", "distinct", "do", "drop", "each", "else", "end", "escape", "except", "exclude", "exclusive",
    "exists", "explain", "fail", "false", "fetch", "filter", "first", "following", "for", "foreign",
    "freeze", "from", "full", "generated", "glob", "grant", "group", "groups", "having", "if", "ignore",
    "ilike", "immediate", "in", "index", "indexed", "initially", "inner", "insert", "instead", "intersect",
    "into", "is", "isnull", "join", "key", "last", "lateral", "leading", "left", "like", "limit",
    "localtime", "localtimestamp", "match", "materialized", "natural", "no", "not", "nothing", "notnull",
    "null", "nulls", "of", "offset", "oid", "on", "only", "or", "order", "others", "outer", "over",
    "overlaps", "partition", "placing", "plan", "pragma", "preceding", "primary", "query", "raise", "range",
    "recursive", "references", "regexp", "reindex", "release", "rename", "replace", "restrict", "returning",
    "right", "rollback", "row", "rowid", "rows", "savepoint", "select", "session_user", "set", "similar",
    "some", "symmetric", "system_user", "table", "tableoid", "tablesample", "temp", "temporary", "then",
    "ties", "to", "trailing", "transaction", "trigger", "true", "unbounded", "union", "unique", "update",
    "user", "using", "vacuum", "values", "variadic", "verbose", "view", "virtual", "when", "where",
    "window", "with", "without", "xmax", "xmin",
];

/// Modules, tables, routes and folders of the platform, in the singular and in the plural.
#[rustfmt::skip]
pub(super) const PLATFORM: &[&str] = &[
    "access", "activities", "activity", "adapter", "adapters", "admin", "admins", "api", "api_key", "api_keys", "app", "application",
    "applications", "audit", "audits", "auth", "broker", "business", "client", "clients", "clock",
    "command", "commands", "config", "configs", "configuration", "contract", "contracts", "controller",
    "controllers", "core", "crypto", "database", "databases", "db", "dead_letter", "dead_letters", "deploy",
    "docs", "domain", "domains", "entities", "entity", "error", "errors", "event", "event_activity", "events", "favicon",
    "fixture", "fixtures", "framework", "frameworks", "function", "functions", "gateway", "gateways",
    "handled_event", "handled_events", "handler", "handlers", "hash", "health", "http", "id", "idempotency", "identity", "infrastructure",
    "interface", "interfaces", "job", "jobs", "layer", "layers", "limit", "limits", "load", "login",
    "logout", "main", "me", "metric", "metrics", "middleware", "migration", "migrations", "model", "models",
    "notification_outbox", "openapi", "outbox", "owner", "page", "pages", "pagination", "password",
    "passwords", "persistence", "platform", "policies", "policy", "pool", "port", "ports", "presentation",
    "problem", "problems", "queue", "queues", "rate_limit", "rate_limits", "readiness", "ready", "refresh",
    "register", "repositories", "repository", "request", "requests", "response", "responses", "role",
    "roles", "route", "router", "routes", "schema", "schemas", "secret", "secrets", "security", "server",
    "servers", "service", "services", "session", "sessions", "settings", "setup", "shared", "shutdown",
    "signal", "socket", "sockets", "sql", "sqlx", "startup", "state", "static", "statistic", "store",
    "stores", "support", "task", "tasks", "telemetry", "template", "templates", "test", "tests", "token",
    "tokens", "tracing", "use_case", "use_cases", "usecase", "usecases", "user", "users", "validation",
    "validator", "version", "view", "views", "web", "worker", "workers", "ws",
];

/// Files of `tests/it` that no other list names: those of entities and tasks lie beside them.
pub(super) const TESTS: &[&str] = &[
    "accounts",
    "browser",
    "fuzz",
    "housekeeping",
    "matrix",
    "nats",
    "neighbours",
    "openings",
    "passing",
    "serving",
    "traces",
    "wire",
];

/// Crates of every workspace of services that no other list names: their packages are called like those of services.
pub(super) const CRATES: &[&str] = &["rules"];

/// Columns and parameters that every entity has or that lists of it take.
#[rustfmt::skip]
pub(super) const COLUMNS: &[&str] = &[
    "created_at", "created_by", "csrf", "cursor", "deleted_at", "deleted_by", "etag", "id", "next", "owner",
    "owner_id", "sort", "updated_at", "updated_by", "version",
];

/// Types and functions that the generated code around an entity uses by these names, in snake case. `tests/it/names.rs`
/// finds those that are imported there.
#[rustfmt::skip]
pub(super) const TYPES: &[&str] = &[
    "actor", "any", "arc", "box", "caller", "cell", "clone", "connection", "copy", "cow", "created", "date",
    "datetime", "day", "debug", "default", "deleted", "deserialize", "display", "drop", "duration",
    "entrance", "eq", "err", "error", "failure", "find", "fn", "form", "from", "from_str", "hash", "html",
    "instant", "into", "into_response", "iterator", "json", "json_body", "list", "map", "name", "none",
    "ok", "open_api_router", "option", "ord", "ordering", "page_query", "page_request", "partial_eq",
    "path", "path_id", "pin", "pool", "query", "range", "record", "redirect", "ref", "repeat", "repeats",
    "request", "response", "result", "router", "row", "rule", "scope", "self", "send", "serialize", "set",
    "some", "state", "status_code", "string", "sync", "time", "timestamp", "to_schema", "unreadable",
    "unreadable_event", "unvalidated", "updated", "utc", "uuid", "valid", "validate", "value", "vec",
];

/// First segments of the platform's routes.
#[rustfmt::skip]
pub(super) const ROUTES: &[&str] = &[
    "admin", "api", "api-keys", "audit", "auth", "docs", "events", "favicon", "health", "healthz", "jobs",
    "livez", "login", "logout", "me", "metrics", "openapi", "pages", "ready", "readyz", "register",
    "robots", "static", "tasks", "users", "well-known", "ws",
];
