//! How wide a text will be, roughly: fonts are the reader's own, so the estimate errs on the wide side.

/// The width of a text in a common sans-serif font of this size.
pub(crate) fn width(text: &str, size: f64) -> f64 {
    text.chars().map(em).sum::<f64>() * size
}

/// Width of a character in units of the font size, a little over Arial's.
fn em(character: char) -> f64 {
    match character {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '\'' | '|' | '!' | '\u{2019}' => 0.28,
        ' ' | 'f' | 't' | 'r' | 'I' | '(' | ')' | '[' | ']' | '-' | '/' => 0.37,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.93,
        'A'..='Z' | '\u{2013}' => 0.72,
        _ => 0.6,
    }
}

/// The size at which ordinary letters are as wide as bold ones of this size.
pub(crate) fn bold(size: f64) -> f64 {
    size * 1.14
}

/// Lines no wider than `room`, broken between words; a word that is wider stays whole.
pub(crate) fn wrap(text: &str, size: f64, room: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split_whitespace() {
        match lines.last_mut() {
            Some(line) if width(line, size) + width(" ", size) + width(word, size) <= room => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// The text, or as much of it as fits with an ellipsis.
pub(crate) fn shorten(text: &str, size: f64, room: f64) -> String {
    if width(text, size) <= room {
        return text.to_owned();
    }
    let room = room - width("\u{2026}", size);
    let mut short = String::new();
    for character in text.chars() {
        if width(&short, size) + em(character) * size > room {
            break;
        }
        short.push(character);
    }
    format!("{}\u{2026}", short.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_break_between_words() {
        assert_eq!(wrap("ended before treatment", 12.0, 100.0), ["ended before", "treatment"]);
        assert_eq!(wrap("", 12.0, 100.0), Vec::<String>::new());
        assert_eq!(shorten("Bath and North East Somerset", 12.0, 100.0), "Bath and North\u{2026}");
    }
}
