//! The walls: each escape that was ever tried stays closed.
