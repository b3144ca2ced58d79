//! Refuses the XML of a workbook for what it may not contain, in its bytes as they are inflated.
//!
//! A reader of XML believes what it is told before the first cell: a document type may define entities that expand
//! without end, and a count of texts is memory that is set aside.

use memchr::memmem;

use crate::Problem;

/// Looks through the bytes of one part.
///
/// NULs are left out, so that UTF-16 and UTF-32 are looked through as what they are for these words: ASCII with zeros
/// between. Other encodings are refused where they could hide them.
#[derive(Default)]
pub(crate) struct Markup {
    /// The first bytes without NULs, for the declaration of the encoding.
    head: Vec<u8>,
    /// The bytes that are looked through: the end of those before, and those that came.
    window: Vec<u8>,
    n_bytes: u64,
    /// The largest number of texts that the part claims to have.
    n_texts: u64,
}

/// Encodings in which `<` and letters are the bytes that they are in ASCII, once NULs are left out.
const PLAIN_ENCODINGS: [&str; 6] =
    ["utf-8", "utf-16", "us-ascii", "iso-8859-1", "iso-8859-15", "windows-1252"];

/// How an XML declaration begins in EBCDIC (XML 1.0, appendix F).
const EBCDIC: &[u8] = b"\x4c\x6f\xa7\x94";

/// How many bytes a declaration of the encoding may take.
const HEAD: usize = 512;

/// The end of a window may be the beginning of something: no word and number that is looked for takes more bytes.
const OVERLAP: usize = 64;

/// The attribute of a table of texts that says how many there are.
const COUNT: &[u8] = b"uniqueCount";

/// The fewest bytes that a text takes in a table of them: `<si/>`.
const BYTES_OF_TEXT: u64 = 5;

impl Markup {
    /// Looks through the next bytes of the part of this name.
    pub(crate) fn take(&mut self, name: &str, chunk: &[u8]) -> Result<(), Problem> {
        self.n_bytes = self.n_bytes.saturating_add(u64::try_from(chunk.len()).unwrap_or(u64::MAX));
        self.window.drain(..self.window.len().saturating_sub(OVERLAP));
        let before = self.window.len();
        if memchr::memchr(0, chunk).is_none() {
            self.window.extend_from_slice(chunk);
        } else {
            self.window.extend(chunk.iter().filter(|byte| **byte != 0));
        }
        if self.head.len() < HEAD {
            self.head.extend(self.window.iter().skip(before).take(HEAD - self.head.len()));
            check_encoding(name, &self.head)?;
        }
        self.look(name)
    }

    /// The problem of the part as a whole.
    pub(crate) fn finish(&self, name: &str) -> Result<(), Problem> {
        if self.n_texts.saturating_mul(BYTES_OF_TEXT) > self.n_bytes {
            let why =
                format!("member `{name}` claims to hold {} texts, for which it is too short", self.n_texts);
            return Err(Problem::Damaged { why });
        }
        Ok(())
    }

    fn look(&mut self, name: &str) -> Result<(), Problem> {
        let after = |at: usize| self.window.get(at..).unwrap_or_default();
        for at in memmem::find_iter(&self.window, b"<!") {
            for word in ["<!DOCTYPE", "<!ENTITY"] {
                if after(at)
                    .get(..word.len())
                    .is_some_and(|found| found.eq_ignore_ascii_case(word.as_bytes()))
                {
                    return Err(Problem::DocumentType { name: name.to_owned() });
                }
            }
        }
        // The reader sets memory aside for as many texts as this attribute says.
        let counts = memmem::find_iter(&self.window, COUNT).map(|at| {
            let attribute = after(at + COUNT.len());
            number(attribute.get(..OVERLAP - COUNT.len()).ok_or(attribute))
        });
        self.n_texts = counts.fold(self.n_texts, u64::max);
        Ok(())
    }
}

/// The number in `="12"`: as much of it as has come, or endless where it takes more bytes than it may.
fn number(attribute: Result<&[u8], &[u8]>) -> u64 {
    let (Ok(bytes) | Err(bytes)) = attribute;
    let mut rest = bytes.iter().skip_while(|byte| byte.is_ascii_whitespace() || b"=\"'".contains(byte));
    let digit = |byte: &u8| byte.is_ascii_digit().then(|| u64::from(byte - b'0'));
    let mut number = 0_u64;
    for byte in rest.by_ref() {
        let Some(digit) = digit(byte) else { return number };
        number = number.saturating_mul(10).saturating_add(digit);
    }
    if attribute.is_ok() { u64::MAX } else { number }
}

/// Refuses an encoding in which the words that are looked for could be spelt with other bytes.
fn check_encoding(name: &str, head: &[u8]) -> Result<(), Problem> {
    let unsupported =
        |encoding: &str| Problem::Unsupported { what: format!("member `{name}` is XML in {encoding}") };
    if head.starts_with(EBCDIC) {
        return Err(unsupported("EBCDIC"));
    }
    let Some(start) = memmem::find(head, b"<?xml").filter(|start| *start < 4) else { return Ok(()) };
    let declaration = head.get(start..).unwrap_or_default();
    let Some(end) = memmem::find(declaration, b"?>") else {
        // Cut off by the end of the chunk, unless there is no end to it.
        let is_endless = head.len() >= HEAD;
        return if is_endless {
            Err(unsupported("an encoding that is not stated at its beginning"))
        } else {
            Ok(())
        };
    };
    let text = String::from_utf8_lossy(declaration.get(..end).unwrap_or_default()).to_lowercase();
    let Some((_, stated)) = text.split_once("encoding") else { return Ok(()) };
    let encoding = stated.trim_start_matches([' ', '\t', '\r', '\n', '=', '"', '\'']);
    let encoding = encoding.split(['"', '\'', ' ']).next().unwrap_or_default();
    if PLAIN_ENCODINGS.contains(&encoding) { Ok(()) } else { Err(unsupported(&format!("`{encoding}`"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Looks through a part in chunks of this size.
    fn found(part: &[u8], size: usize) -> Option<String> {
        let mut markup = Markup::default();
        let taken = part.chunks(size).try_for_each(|chunk| markup.take("a.xml", chunk));
        taken.and_then(|()| markup.finish("a.xml")).err().map(|problem| problem.to_string())
    }

    fn check(part: &str, expected: Option<&str>) {
        let wide = |unit: fn(u16) -> [u8; 2]| part.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
        let utf_32: Vec<u8> = part.chars().flat_map(|letter| u32::from(letter).to_be_bytes()).collect();
        for bytes in [part.as_bytes().to_vec(), wide(u16::to_le_bytes), wide(u16::to_be_bytes), utf_32] {
            for size in [1, 7, 100, 1 << 16] {
                assert_eq!(found(&bytes, size).as_deref(), expected, "{part} in chunks of {size}");
            }
        }
    }

    #[test]
    fn document_types_are_found_in_every_encoding_and_chunk() {
        let refused = Some("has a document type, which may define endless entities: member `a.xml`");
        check("<sst><si><t>a &lt;!DOCTYPE b</t></si><!-- DOCTYPE --><![CDATA[ENTITY]]></sst>", None);
        check(r#"<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">]><sst/>"#, refused);
        check(&format!("{}<!doctype a><sst/>", " ".repeat(300)), refused);
        check(r#"<sst/><!ENTITY % a SYSTEM "file:///etc/passwd">"#, refused);
    }

    #[test]
    fn encodings_that_could_hide_one_are_refused() {
        check(r#"<?xml version="1.0" encoding="UTF-8" standalone="yes"?><sst/>"#, None);
        check(r#"<?xml version="1.0" encoding = 'utf-16'?><sst/>"#, None);
        check(
            "<?xml version=\"1.0\" encoding=\"UTF-7\"?>+ADwAIQ-DOCTYPE a+AD4-<sst/>",
            Some("needs something that is not supported: member `a.xml` is XML in `utf-7`"),
        );
        check(
            &format!("<?xml version=\"1.0\"{}encoding=\"UTF-7\"?><sst/>", " ".repeat(1000)),
            Some(
                "needs something that is not supported: member `a.xml` is XML in an encoding that is not stated at its beginning",
            ),
        );
        assert!(found(b"\x4c\x6f\xa7\x94\x93", 100).unwrap().ends_with("is XML in EBCDIC"));
    }

    #[test]
    fn a_claim_of_more_texts_than_there_is_room_for_is_refused() {
        let room = "<si><t>a</t></si>".repeat(9);
        check(&format!("<sst count=\"9\" uniqueCount=\"9\">{room}</sst>"), None);
        for count in ["99", "99999999999999999999999", &format!("{}99", " ".repeat(99))] {
            let n_texts = count.parse().unwrap_or(u64::MAX);
            let part = format!("<sst uniqueCount = '{count}'>{}</sst>", "<si/>".repeat(9));
            let expected = format!(
                "is damaged: member `a.xml` claims to hold {n_texts} texts, for which it is too short"
            );
            assert_eq!(found(part.as_bytes(), 100), Some(expected));
        }
    }
}
