//! Hand-written bodies for `examples/specs/textkit.toml`: they prove that its examples agree with each other.

mod words {
    fn word_count() {
        text.split_whitespace().count()
    }

    fn title_case() {
        let capital = |word: &str| {
            let lower = word.to_lowercase();
            let mut letters = lower.chars();
            match letters.next() {
                Some(first) => first.to_uppercase().collect::<String>() + letters.as_str(),
                None => String::new(),
            }
        };
        text.split_whitespace().map(capital).collect::<Vec<_>>().join(" ")
    }

    fn initials() {
        name.split_whitespace().filter_map(|word| word.chars().next()).flat_map(char::to_uppercase).collect()
    }
}

mod text {
    fn count_vowels() {
        text.chars().filter(|letter| "aeiouAEIOU".contains(*letter)).count()
    }

    fn is_palindrome() {
        let letters: Vec<char> =
            text.chars().filter(|letter| letter.is_alphanumeric()).map(|letter| letter.to_ascii_lowercase()).collect();
        letters.iter().eq(letters.iter().rev())
    }

    fn rot13() {
        let turn = |letter: char| match letter {
            'a'..='m' | 'A'..='M' => char::from(letter as u8 + 13),
            'n'..='z' | 'N'..='Z' => char::from(letter as u8 - 13),
            other => other,
        };
        text.chars().map(turn).collect()
    }
}

mod numbers {
    fn gcd() {
        if b == 0 { a } else { gcd(b, a % b) }
    }

    fn fizz_buzz() {
        match (number % 3, number % 5) {
            (0, 0) => "FizzBuzz".to_string(),
            (0, _) => "Fizz".to_string(),
            (_, 0) => "Buzz".to_string(),
            _ => number.to_string(),
        }
    }
}
