//! Wrong variants that the inputs must catch.

use super::reference;

/// Every fourth year is a leap year.
pub mod julian {
    pub fn days_in_month(year: u32, month: u32) -> Option<u32> {
        super::reference::days_in_month(if year % 4 == 0 { 2000 } else { 2001 }, month)
    }
}

/// Knows centuries, but not those divisible by 400.
pub mod no_four_hundred {
    pub fn days_in_month(year: u32, month: u32) -> Option<u32> {
        super::reference::days_in_month(if year % 100 == 0 { 2001 } else { year }, month)
    }
}

/// Knows only the leap years near the present.
pub mod only_this_era {
    pub fn days_in_month(year: u32, month: u32) -> Option<u32> {
        let leap = year % 4 == 0 && ![1700, 1800, 1900, 2100, 2200, 2300].contains(&year);
        super::reference::days_in_month(if leap { 2000 } else { 2001 }, month)
    }
}

/// Long and short months alternate all year.
pub mod alternating {
    pub fn days_in_month(year: u32, month: u32) -> Option<u32> {
        match month {
            2 => super::reference::days_in_month(year, 2),
            1..=12 => Some(30 + month % 2),
            _ => None,
        }
    }
}
