//! Windows-1252, for the members that are published in it.

/// The characters of bytes 0x80 to 0x9F; the rest of the code page is Latin-1.
///
/// Source: Unicode Consortium, `VENDORS/MICSFT/WINDOWS/CP1252.TXT`; the five bytes that it leaves undefined are absent.
const UPPER: [(char, u8); 27] = [
    ('€', 0x80),
    ('‚', 0x82),
    ('ƒ', 0x83),
    ('„', 0x84),
    ('…', 0x85),
    ('†', 0x86),
    ('‡', 0x87),
    ('ˆ', 0x88),
    ('‰', 0x89),
    ('Š', 0x8A),
    ('‹', 0x8B),
    ('Œ', 0x8C),
    ('Ž', 0x8E),
    ('‘', 0x91),
    ('’', 0x92),
    ('“', 0x93),
    ('”', 0x94),
    ('•', 0x95),
    ('–', 0x96),
    ('—', 0x97),
    ('˜', 0x98),
    ('™', 0x99),
    ('š', 0x9A),
    ('›', 0x9B),
    ('œ', 0x9C),
    ('ž', 0x9E),
    ('Ÿ', 0x9F),
];

/// The text in Windows-1252, or the first character that it has not.
pub(crate) fn windows_1252(text: &str) -> Result<Vec<u8>, char> {
    text.chars().map(|character| byte(character).ok_or(character)).collect()
}

fn byte(character: char) -> Option<u8> {
    match u8::try_from(character) {
        Ok(byte) if !(0x80..=0x9F).contains(&byte) => Some(byte),
        _ => UPPER.iter().find(|(upper, _)| *upper == character).map(|(_, byte)| *byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_code_page_is_latin_1_with_punctuation_above() {
        for (text, expected) in [
            ("Isle", Ok(b"Isle".to_vec())),
            ("café £", Ok(b"caf\xE9 \xA3".to_vec())),
            ("St Helen’s – €", Ok(b"St Helen\x92s \x96 \x80".to_vec())),
            ("Ÿ\u{9f}", Err('\u{9f}')),
            ("\u{80}", Err('\u{80}')),
            ("Ł", Err('Ł')),
        ] {
            assert_eq!(windows_1252(text), expected, "`{text}`");
        }
    }
}
