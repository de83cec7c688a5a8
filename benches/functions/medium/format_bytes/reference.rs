//! Sizes for people.

pub fn format_bytes(bytes: u64) -> String {
    if bytes < 1024 {
        return format!("{bytes} B");
    }
    let mut unit = 1024;
    let mut names = ["KiB", "MiB", "GiB", "TiB"].into_iter();
    let mut name = names.next().unwrap_or("KiB");
    while bytes / unit >= 1024 {
        let Some(next) = names.next() else { break };
        name = next;
        unit *= 1024;
    }
    let tenths = u128::from(bytes) * 10 / u128::from(unit);
    format!("{}.{} {name}", tenths / 10, tenths % 10)
}
