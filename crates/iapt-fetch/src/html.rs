//! A page as far as discovery reads it: its title, its named blocks, and its links with the blocks they stand in.
//!
//! The publisher's site names the parts of its pages in an attribute, for its own tests; that is steadier than their
//! looks. What follows is read from tokens: an element ends where as many end tags of its name have come as start tags.

use std::collections::BTreeSet;

use html5gum::{DefaultEmitter, StartTag, Token, Tokenizer};

/// The attribute that names a block.
const NAME: &[u8] = b"data-uipath";

/// Elements that have no end.
const VOID: [&[u8]; 6] = [b"br", b"hr", b"img", b"input", b"link", b"meta"];

/// A page.
#[derive(Debug, Default)]
pub(crate) struct Page {
    /// The title of the page.
    pub(crate) title: String,
    /// The names of all its blocks.
    pub(crate) blocks: BTreeSet<String>,
    /// The links of the page, in order.
    pub(crate) links: Vec<Link>,
    /// All of its text.
    pub(crate) text: String,
}

/// A link on a page.
#[derive(Debug)]
pub(crate) struct Link {
    /// Where it leads, as written.
    pub(crate) href: String,
    /// The text of the link, without line breaks.
    pub(crate) text: String,
    /// The names of the blocks that it stands in.
    pub(crate) blocks: Vec<String>,
}

impl Link {
    /// Whether it stands in a block whose name begins so.
    pub(crate) fn is_in(&self, block: &str) -> bool {
        self.blocks.iter().any(|name| name.starts_with(block))
    }
}

/// A block that has begun and not ended.
struct Open {
    element: Vec<u8>,
    /// How many elements of its kind are open in it, itself included.
    depth: usize,
    name: String,
}

impl Page {
    /// Reads a page; anything at all can be read as one.
    pub(crate) fn read(html: &str) -> Self {
        let mut page = Self::default();
        let mut open: Vec<Open> = Vec::new();
        let (mut is_title, mut is_link) = (false, false);
        let mut emitter = DefaultEmitter::default();
        // The text of a script is not markup.
        emitter.naively_switch_states(true);
        for token in Tokenizer::new_with_emitter(html, emitter) {
            let Ok(token) = token;
            match token {
                Token::StartTag(tag) => {
                    let element = tag.name.as_slice();
                    open.iter_mut()
                        .filter(|block| block.element == element)
                        .for_each(|block| block.depth += 1);
                    if let Some(name) = attribute(&tag, NAME) {
                        page.blocks.insert(name.clone());
                        if !VOID.contains(&element) {
                            open.push(Open { element: element.to_vec(), depth: 1, name });
                        }
                    }
                    is_title |= element == b"title" && page.title.is_empty();
                    if let Some(href) = attribute(&tag, b"href").filter(|_| element == b"a") {
                        let blocks = open.iter().map(|block| block.name.clone()).collect();
                        page.links.push(Link { href, text: String::new(), blocks });
                        is_link = true;
                    }
                }
                Token::EndTag(tag) => {
                    let element = tag.name.as_slice();
                    open.iter_mut()
                        .filter(|block| block.element == element)
                        .for_each(|block| block.depth -= 1);
                    open.retain(|block| block.depth > 0);
                    is_title &= element != b"title";
                    is_link &= element != b"a";
                }
                Token::String(text) => {
                    let text = String::from_utf8_lossy(&text);
                    page.text += &text;
                    if is_title {
                        page.title += &text;
                    }
                    if let Some(link) = page.links.last_mut().filter(|_| is_link) {
                        link.text += &text;
                    }
                }
                Token::Comment(_) | Token::Doctype(_) | Token::Error(_) => {}
            }
        }
        page.title = on_one_line(&page.title);
        page.links.iter_mut().for_each(|link| link.text = on_one_line(&link.text));
        page
    }
}

fn attribute(tag: &StartTag<()>, name: &[u8]) -> Option<String> {
    let value = tag.attributes.get(name)?;
    Some(String::from_utf8_lossy(value).trim().to_owned())
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_read_with_the_blocks_that_they_stand_in() {
        let page = Page::read(
            r##"<!DOCTYPE html><title>A &amp;
              B</title><script>if (a < b) "<a href='/script'>"</script>
              <div><a href="/before">Before</a></div>
              <UL data-uipath="list.latest"><li><ul><li><a title=x href="/1?a=1&amp;b=2"><h4>One
                edition</h4></a></ul><p>more <br/><a href='/2'>Two</a></UL>
              <a href="/after">After</a><!-- <a href="/comment"> --><img data-uipath="image"><a name="no">"##,
        );
        let links: Vec<String> = page
            .links
            .iter()
            .map(|link| format!("{} {:?} {}", link.href, link.text, link.blocks.join(" ")))
            .collect();
        assert_eq!(
            links,
            [
                r#"/before "Before" "#,
                r#"/1?a=1&b=2 "One edition" list.latest"#,
                r#"/2 "Two" list.latest"#,
                r#"/after "After" "#,
            ]
        );
        assert_eq!(page.title, "A & B");
        assert_eq!(page.blocks, BTreeSet::from(["image".to_owned(), "list.latest".to_owned()]));
        assert!(page.links[1].is_in("list") && !page.links[3].is_in("list"));
    }

    #[test]
    fn anything_can_be_read() {
        for html in ["", "<", "<a", "</a></ul>", "<a href>", "\u{0}<ul data-uipath></ul></ul>"] {
            Page::read(html);
        }
    }
}
