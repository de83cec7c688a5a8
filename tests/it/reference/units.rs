//! Hand-written bodies for `examples/specs/units.toml`: they prove that its examples agree with each other.

mod length {
    impl Unit {
        fn millimetres() {
            match self {
                Self::Millimetre => 1,
                Self::Centimetre => 10,
                Self::Metre => 1000,
            }
        }

        fn parse() {
            match text.trim() {
                "" => Err(LengthError::Empty),
                "mm" => Ok(Self::Millimetre),
                "cm" => Ok(Self::Centimetre),
                "m" => Ok(Self::Metre),
                other => Err(LengthError::UnknownUnit(other.to_owned())),
            }
        }
    }

    impl Length {
        fn new() {
            let mm = number.checked_mul(unit.millimetres()).ok_or(LengthError::TooLarge)?;
            Ok(Self { mm })
        }

        fn parse() {
            let text = text.trim();
            if text.is_empty() {
                return Err(LengthError::Empty);
            }
            let end = text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len());
            if end == 0 {
                return Err(LengthError::NoNumber);
            }
            let number = text[..end].parse().map_err(|_| LengthError::TooLarge)?;
            let unit = text[end..].trim();
            if unit.is_empty() {
                return Err(LengthError::UnknownUnit(String::new()));
            }
            Self::new(number, Unit::parse(unit)?)
        }

        fn shortest() {
            for unit in [Unit::Metre, Unit::Centimetre] {
                if self.mm % unit.millimetres() == 0 {
                    return format!("{} {unit}", self.mm / unit.millimetres());
                }
            }
            self.to_string()
        }
    }

    fn total() {
        let mm = lengths.iter().fold(0, |sum: u64, one| sum.saturating_add(one.mm));
        Length { mm }
    }
}
