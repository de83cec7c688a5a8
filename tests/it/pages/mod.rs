//! The pages of the blog in a real browser whose scripts are turned off: what people do with them, and what a screen
//! reader is told of them.

mod browser;

use std::path::Path;
use std::process::Command;

use browser::Browser;

use crate::factory::{BLOG, filled, laid_out};
use crate::program::{Program, free_port, wait_for};
use crate::scaffold::cargo_says;

const ADMIN: &str = "root@example.org";
const PASSWORD: &str = "long enough for anybody";

/// Starts the blog in that folder; it ends with what is given back.
fn start(folder: &Path, port: u16) -> Program {
    laid_out(&filled(BLOG), folder);
    let (built, said) = cargo_says(folder, &["build", "--quiet"]);
    assert!(built, "{said}");
    let program = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scaffold/debug/blog");
    let service = Program::start(
        Command::new(program)
            .env("BLOG__DEVELOPMENT", "true")
            .env("BLOG__SERVER__LISTEN", format!("127.0.0.1:{port}"))
            .env("BLOG__DATABASE__URL", format!("sqlite://{}/blog.db", folder.display()))
            .env("BLOG__AUTH__ADMIN_EMAIL", ADMIN)
            .env("BLOG__AUTH__ADMIN_PASSWORD", PASSWORD),
    );
    wait_for(port);
    service.unwrap()
}

/// Somebody at the blog.
struct Reader {
    browser: Browser,
    base: String,
}

impl Reader {
    fn go(&self, path: &str) {
        self.browser.open(&format!("{}{path}", self.base));
        self.look();
    }

    fn press(&self, selector: &str) {
        self.browser.press(selector);
        self.look();
    }

    fn log_in(&self, email: &str, password: &str) {
        self.browser.clear("#field-email");
        self.browser.enter("#field-email", email);
        self.browser.enter("#field-password", password);
        self.press("main form button");
    }

    /// What holds of every page for those who do not see it.
    fn look(&self) {
        let at = self.browser.address();
        assert_ne!(self.browser.title(), "", "{at}");
        for (selector, role) in
            [("body > header", "banner"), ("main", "main"), ("body > footer", "contentinfo")]
        {
            assert_eq!(self.browser.told(&self.browser.one(selector)).0, role, "{at}");
        }
        let (role, heading) = self.browser.told(&self.browser.one("h1"));
        assert!(role == "heading" && !heading.is_empty(), "{at}");
        for element in self.browser.all("a, button, nav, input:not([type=hidden]), select, textarea") {
            let (role, name) = self.browser.told(&element);
            assert!(!role.is_empty() && !name.trim().is_empty(), "`{role}` has the name `{name}` at {at}");
        }
    }
}

#[test]
fn a_blog_is_kept_in_a_browser_without_scripts() {
    if std::env::var_os("GRYPH_SLOW_TESTS").is_none() {
        return;
    }
    let Some(browser) = Browser::start() else {
        eprintln!("there is no chromedriver: Debian has it in the package `chromium-driver`");
        return;
    };
    browser.open("data:text/html,<title>still</title><script>document.title = 'moved'</script>");
    assert_eq!(browser.title(), "still", "scripts are turned off");
    let (folder, port) = (tempfile::tempdir().unwrap(), free_port());
    let _service = start(folder.path(), port);
    let reader = Reader { browser, base: format!("http://127.0.0.1:{port}") };
    somebody_may_read(&reader);
    an_author_is_made(&reader);
    an_article_is_made_changed_and_deleted(&reader);
}

/// Who registers is a reader, and a reader makes no authors.
fn somebody_may_read(reader: &Reader) {
    reader.go("/register");
    reader.log_in("ann@example.org", PASSWORD);
    assert!(reader.browser.text("body > header").contains("Logged in as ann@example.org"));
    reader.go("/pages/authors");
    assert!(reader.browser.all("a[href='/pages/authors/new']").is_empty());
    reader.go("/pages/authors/new");
    assert_eq!(reader.browser.text("h1"), "Not allowed");
    reader.press("body > header button");
    assert!(reader.browser.text("body > header").contains("Log in"));
}

fn an_author_is_made(reader: &Reader) {
    reader.go("/pages/authors/new");
    assert!(reader.browser.address().ends_with("/login?next=/pages/authors/new"));
    reader.log_in(ADMIN, "certainly another one");
    let (role, name) = reader.browser.told(&reader.browser.one(".summary"));
    assert_eq!((role.as_str(), name.as_str()), ("alert", "Something is not right yet"));
    assert_eq!(reader.browser.value("#field-email"), ADMIN);
    reader.log_in(ADMIN, PASSWORD);
    assert!(reader.browser.address().ends_with("/pages/authors/new"));
    let strange = "<script>document.title = 'moved'</script>";
    reader.browser.enter("#field-name", strange);
    reader.press("main form button");
    assert_eq!(reader.browser.text("h1"), strange);
    assert_eq!(reader.browser.text(".notice"), "It was saved.");
}

fn an_article_is_made_changed_and_deleted(reader: &Reader) {
    reader.go("/pages/articles/new");
    reader.press("#field-author option:nth-child(2)");
    reader.browser.enter("#field-title", "Something new");
    reader.browser.enter("#field-body", "One line\nand <b>another</b>");
    reader.press("main form button");
    assert!(reader.browser.text("main dl").contains("and <b>another</b>"));
    reader.press("main a[href$='/edit']");
    assert_eq!(reader.browser.value("#field-body"), "One line\nand <b>another</b>");
    reader.browser.clear("#field-title");
    reader.browser.enter("#field-title", "Something newer");
    reader.press("main form button");
    assert_eq!(reader.browser.text(".notice"), "The changes were saved.");
    assert_eq!(reader.browser.text("h1"), "Something newer");
    reader.press("main a[href$='/delete']");
    reader.press("main form button");
    assert_eq!(reader.browser.text(".notice"), "It was deleted.");
    assert!(reader.browser.text("main").contains("There are no articles here."));
}
