//! Wrong variants that the inputs must catch.

/// Rounds to the nearest tenth.
pub mod rounds {
    pub fn format_bytes(bytes: u64) -> String {
        let units = ["B", "KiB", "MiB", "GiB", "TiB"];
        let mut value = bytes as f64;
        let mut unit = 0;
        while value >= 1024.0 && unit < 4 {
            value /= 1024.0;
            unit += 1;
        }
        if unit == 0 { format!("{bytes} B") } else { format!("{value:.1} {}", units[unit]) }
    }
}

/// Changes the unit one byte late.
pub mod late_unit {
    pub fn format_bytes(bytes: u64) -> String {
        let (mut unit, mut name) = (1, "B");
        for next in ["KiB", "MiB", "GiB", "TiB"] {
            if bytes > unit * 1024 {
                (unit, name) = (unit * 1024, next);
            }
        }
        let tenths = bytes * 10 / unit;
        if unit == 1 { format!("{bytes} B") } else { format!("{}.{} {name}", tenths / 10, tenths % 10) }
    }
}

/// Knows no unit beyond GiB.
pub mod no_tebibytes {
    pub fn format_bytes(bytes: u64) -> String {
        let (mut unit, mut name) = (1, "B");
        for next in ["KiB", "MiB", "GiB"] {
            if bytes >= unit * 1024 {
                (unit, name) = (unit * 1024, next);
            }
        }
        let tenths = bytes * 10 / unit;
        if unit == 1 { format!("{bytes} B") } else { format!("{}.{} {name}", tenths / 10, tenths % 10) }
    }
}
