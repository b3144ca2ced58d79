//! Texts from outside made harmless, after [`clean`] has taken the controls out.

use std::borrow::Cow;

use iapt_model::is_formula;
pub(crate) use iapt_model::on_one_line as clean;
use serde::Serialize;

use crate::Error;

/// A text as it stands in HTML, XML and SVG: in an element, or between the quotes of an attribute. The engine's own escape writes `/` as
/// an entity too, and then nobody can read an address.
pub(crate) fn html(text: &str) -> Cow<'_, str> {
    if !text.contains(['&', '<', '>', '"', '\'']) {
        return Cow::Borrowed(text);
    }
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#x27;"),
            other => escaped.push(other),
        }
    }
    Cow::Owned(escaped)
}

/// A text as it stands in Markdown: nothing in it is markup, a table's border, a link, or a formula.
pub(crate) fn markdown(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let after = rest.get(character.len_utf8()..).unwrap_or_default();
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '\n' | '\r' => escaped.push(' '),
            '\\' | '|' | '[' | ']' | '*' | '_' | '`' | '~' | '#' | '!' | '$' | '@' => {
                escaped.push('\\');
                escaped.push(character);
            }
            // Code hosts make links of bare addresses.
            ':' if after.starts_with("//") => escaped.push_str("\\:"),
            '.' if escaped.to_ascii_lowercase().ends_with("www") => escaped.push_str("\\."),
            other => escaped.push(other),
        }
        rest = after;
    }
    escaped
}

/// Adds a text to a line of a download: quoted where needed, and never the start of a spreadsheet formula.
pub(crate) fn push_csv(line: &mut String, text: &str) {
    let guard = if is_formula(text) { "'" } else { "" };
    if text.contains([',', '"', '\n', '\r']) {
        line.extend(["\"", guard, &text.replace('"', "\"\""), "\""]);
    } else {
        line.extend([guard, text]);
    }
}

/// A value as JSON that may stand inside a script or a page: no text in it can end the element.
pub(crate) fn script_json(value: &impl Serialize) -> Result<String, Error> {
    let text = serde_json::to_string(value)?;
    // In JSON these characters stand inside strings only.
    Ok(text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_only_text() {
        let check = |text, expected: &str| assert_eq!(html(text), expected);
        check("areas/icb/QKS.html?a=1", "areas/icb/QKS.html?a=1");
        check("<a href=\"x\">R&D's</a>", "&lt;a href=&quot;x&quot;&gt;R&amp;D&#x27;s&lt;/a&gt;");
        check("&&<>", "&amp;&amp;&lt;&gt;");
        check("", "");
    }

    #[test]
    fn markdown_is_only_text() {
        assert_eq!(
            markdown("<script>alert(1)</script> | = [x](y)\n# *a* _b_ $c$ @d http://e www.f.g R&D"),
            r"&lt;script&gt;alert(1)&lt;/script&gt; \| = \[x\](y) \# \*a\* \_b\_ \$c\$ \@d http\://e www\.f.g R&amp;D"
        );
    }

    #[test]
    fn csv_fields_are_no_formulas() {
        let check = |text, expected: &str| {
            let mut line = String::new();
            push_csv(&mut line, text);
            assert_eq!(line, expected);
        };
        check("=1+1", "'=1+1");
        check("+44", "'+44");
        check("-", "'-");
        check("@SUM(A1)", "'@SUM(A1)");
        check("\t=1", "'\t=1");
        check("\r=1", "\"'\r=1\"");
        check("=\"a\",b", "\"'=\"\"a\"\",b\"");
        check("Bath, Swindon", "\"Bath, Swindon\"");
        check("a = b", "a = b");
    }

    #[test]
    fn json_cannot_end_its_element() {
        let text = script_json(&["</script><!-- & \"".to_owned()]).unwrap();
        assert_eq!(text, r#"["\u003c/script\u003e\u003c!-- \u0026 \""]"#);
    }
}
