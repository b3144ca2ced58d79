//! Texts from outside made harmless for a page, a terminal or a spreadsheet: without controls, without marks that turn the
//! reading direction, and no formulas.

/// The text on one line: line breaks and tabs become spaces, what else is not printable becomes U+FFFD.
#[must_use]
pub fn on_one_line(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\n' | '\r' | '\t' => ' ',
            other => printed(other),
        })
        .collect()
}

/// The text with its line breaks and tabs; what else is not printable becomes U+FFFD.
#[must_use]
pub fn printable(text: &str) -> String {
    text.chars()
        .map(|character| match character {
            '\n' | '\t' => character,
            other => printed(other),
        })
        .collect()
}

/// Whether a spreadsheet would take a field of CSV for a formula, and run it.
#[must_use]
pub fn is_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

fn printed(character: char) -> char {
    let turns = matches!(
        character,
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}'
    );
    if turns || character.is_control() { '\u{fffd}' } else { character }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn controls_go() {
        let text = "a\u{0}b\nc\u{202e}d\u{1b}[31m\te\r";
        assert_eq!(on_one_line(text), "a\u{fffd}b c\u{fffd}d\u{fffd}[31m e ");
        assert_eq!(printable(text), "a\u{fffd}b\nc\u{fffd}d\u{fffd}[31m\te\u{fffd}");
    }
}
