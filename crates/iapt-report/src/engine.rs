//! The template engine, strict: a misspelt name, a null and a bare structure are errors that name template and line.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use iapt_chart::format;
use minijinja::{
    AutoEscape, Environment, Error as TemplateError, ErrorKind, Output, State, UndefinedBehavior, Value,
    escape_formatter, filters,
    syntax::SyntaxConfig,
    value::{Serde, ValueKind},
};
use serde::Serialize;

use crate::{
    Error,
    declared::{Pages, SitePage},
    escape, names,
    table::{Column, Heads},
};

/// Every template below `reports/templates`.
pub(crate) struct Engine {
    environment: Environment<'static>,
    folder: PathBuf,
}

impl Engine {
    /// Reads and parses every template of `folder`; sentences link to those of `pages` that are made, and to the words of
    /// their glossary.
    pub(crate) fn read(folder: &Path, pages: &Pages) -> Result<Self, Error> {
        let mut environment = environment()?;
        let (site, terms) = (pages.site.clone(), pages.terms());
        let sign = |status: &str| pages.site.sign(status).to_owned();
        environment.add_global("not_in_figures", sign("not_in_figures"));
        environment.add_global("does_not_apply", sign("not_applicable"));
        environment.add_filter("prose", move |state: &State, text: &str| prose(state, text, &site, &terms));
        let mut pending = vec![folder.to_owned()];
        while let Some(path) = pending.pop() {
            for entry in fs_err::read_dir(&path)? {
                let path = entry?.path();
                if path.is_dir() {
                    pending.push(path);
                } else if path.extension().is_some_and(|extension| extension == "j2") {
                    let relative = path.strip_prefix(folder).unwrap_or(&path);
                    let parts: Vec<_> = relative.iter().map(|part| part.to_string_lossy()).collect();
                    environment.add_template_owned(parts.join("/"), fs_err::read_to_string(&path)?)?;
                }
            }
        }
        Ok(Self { environment, folder: folder.to_owned() })
    }

    /// The templates, for charts.
    pub(crate) fn templates(&self) -> &Environment<'static> {
        &self.environment
    }

    /// One template with its context.
    pub(crate) fn render(&self, template: &str, context: impl Serialize) -> Result<String, Error> {
        let found = self.environment.get_template(template).map_err(|error| match error.kind() {
            ErrorKind::TemplateNotFound => {
                Error::NoTemplate { folder: self.folder.clone(), template: template.to_owned() }
            }
            _ => error.into(),
        })?;
        Ok(found.render(Serde(context))?)
    }

    /// A sentence: a template of `wording`, its white space made single spaces.
    pub(crate) fn words(&self, sentence: &str, context: impl Serialize) -> Result<String, Error> {
        let text = self.render(&format!("wording/{sentence}.txt.j2"), context)?;
        Ok(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// What stands over a table: a template of `tables`, its first line the caption, each other line the head of a column
    /// after its kind (`text`, `number` or `prose`).
    pub(crate) fn heads(&self, table: &str, context: impl Serialize) -> Result<Heads, Error> {
        let template = format!("tables/{table}.txt.j2");
        let text = self.render(&template, context)?;
        let mut lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
        let caption = lines.next().unwrap_or_default().join(" ");
        let column = |words: Vec<&str>| match words.split_first()? {
            (&"text", head) => Some(Column::text(&head.join(" "))),
            (&"number", head) => Some(Column::number(&head.join(" "))),
            (&"prose", head) => Some(Column::prose(&head.join(" "))),
            _ => None,
        };
        let columns: Option<Vec<Column>> = lines.filter(|words| !words.is_empty()).map(column).collect();
        match columns {
            Some(columns) => Ok(Heads { template, caption, columns }),
            None => Err(Error::HeadOfNoKind { template: self.folder.join(template) }),
        }
    }

    /// A sentence that a page file declares as a template over figures.
    pub(crate) fn sentence(&self, template: &str, figures: impl Serialize) -> Result<String, Error> {
        let text = self.environment.render_str(template, Serde(figures))?;
        Ok(text.split_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// A Markdown page: at most one blank line in a row, one line break at its end.
    pub(crate) fn markdown(&self, template: &str, context: impl Serialize) -> Result<String, Error> {
        let text = self.render(template, context)?;
        let mut page = String::with_capacity(text.len());
        let mut n_blank = 0;
        for line in text.trim().lines() {
            n_blank = if line.trim().is_empty() { n_blank + 1 } else { 0 };
            if n_blank < 2 {
                page.push_str(line.trim_end());
                page.push('\n');
            }
        }
        Ok(page)
    }
}

fn environment() -> Result<Environment<'static>, Error> {
    let mut environment = Environment::new();
    environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_formatter(refuse_what_is_no_text);
    environment.set_auto_escape_callback(|name| {
        let is_markup = [".html.j2", ".svg.j2", ".xml.j2"].iter().any(|end| name.ends_with(end));
        if is_markup { AutoEscape::Html } else { AutoEscape::None }
    });
    environment.add_filter("value", reading_value);
    environment.add_filter("numerator", |reading: &Value| reading_count(reading, "numerator"));
    environment.add_filter("denominator", |reading: &Value| reading_count(reading, "denominator"));
    environment.add_filter("count", |number: f64| format::count(number));
    environment.add_filter("in_millions", |number: f64| format::in_millions(number));
    environment.add_filter("percent", |number: f64, decimals: usize| format::percent(number, decimals));
    environment.add_filter("md", |text: &str| escape::markdown(text));
    environment.add_filter("md_prose", |text: &str| escape::markdown(&without_links(text)));
    environment.add_filter("in_hundred", in_hundred);
    environment.add_filter("anchor", crate::declared::anchor_of);
    environment.add_filter("lower_first", |text: &str| names::lower_first(text));
    environment.add_filter("length", filters::length);
    Ok(environment)
}

/// The formatter: nothing but text, numbers written by a filter, and truth reaches a page.
fn refuse_what_is_no_text(out: &mut Output, state: &mut State, value: &Value) -> Result<(), TemplateError> {
    let refused = match value.kind() {
        ValueKind::String => None,
        ValueKind::None => Some("a null was printed"),
        ValueKind::Undefined => Some("a value that is not there was printed"),
        ValueKind::Number if value.is_integer() => None,
        ValueKind::Number => Some("a number was printed without a format"),
        _ => Some("a structure was printed"),
    };
    if let Some(what) = refused {
        return Err(TemplateError::new(ErrorKind::InvalidOperation, what));
    }
    match value.as_str() {
        Some(text) if !value.is_safe() && *state.auto_escape() == AutoEscape::Html => {
            Ok(out.write_str(&escape::html(text))?)
        }
        _ => escape_formatter(out, state, value),
    }
}

/// The value of a reading with its unit, or the sign that says why there is none.
fn reading_value(reading: &Value) -> Result<String, TemplateError> {
    let value = reading.get_attr("value")?;
    if value.is_none() {
        return sign(reading);
    }
    let unit = reading.get_attr("unit")?;
    let decimals = usize::try_from(reading.get_attr("decimals")?)?;
    Ok(format::in_unit(value.try_into()?, unit.as_str().unwrap_or_default(), decimals))
}

/// The value of a reading as so many in a hundred.
fn in_hundred(reading: &Value) -> Result<String, TemplateError> {
    let value = reading.get_attr("value")?;
    if value.is_none() { sign(reading) } else { Ok(format::fixed(value.try_into()?, 0)) }
}

/// A declared sentence as HTML: `[words](page.html#anchor)` is a link, nothing else is markup; a link to the glossary
/// carries what it says there, and a page that is not made is named without a link.
fn prose(state: &State, text: &str, site: &SitePage, terms: &BTreeMap<String, String>) -> Value {
    let is_made = |target: &str| site.is_made(target.split_once(".html").map_or(target, |(page, _)| page));
    let root = state.lookup("site").unwrap_or_default().get_attr("root").unwrap_or_default();
    let root = root.as_str().unwrap_or_default();
    let mut html = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, words, target, after)) = next_link(rest) {
        html.push_str(&escape::html(before));
        rest = after;
        if !is_made(target) {
            html.push_str(&escape::html(words));
            continue;
        }
        let meaning = target.strip_prefix("glossary.html#").and_then(|id| terms.get(id));
        let meaning = meaning.map(|meaning| format!(" class=\"term\" title=\"{}\"", escape::html(meaning)));
        let (target, words) = (escape::html(target), escape::html(words));
        html.push_str(&format!(
            "<a{} href=\"{}{target}\">{words}</a>",
            meaning.unwrap_or_default(),
            escape::html(root)
        ));
    }
    html.push_str(&escape::html(rest));
    Value::from_safe_string(html)
}

/// A declared sentence with the words of its links and without their addresses.
fn without_links(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, words, _, after)) = next_link(rest) {
        plain.push_str(before);
        plain.push_str(words);
        rest = after;
    }
    plain.push_str(rest);
    plain
}

/// What stands before the next link, its words, its address, and what comes after it. Names from outside stand in
/// sentences too, so only a page of this site is an address.
fn next_link(text: &str) -> Option<(&str, &str, &str, &str)> {
    let mut links = text.match_indices("](").filter_map(|(at, _)| {
        let (before, words) = text.get(..at)?.rsplit_once('[')?;
        let (target, after) = text.get(at + 2..)?.split_once(')')?;
        is_own_page(target).then_some((before, words, target, after))
    });
    links.next()
}

/// Whether an address is a page of this site, or a part of one: `waits.html`, `glossary.html#recovery`,
/// `areas/provider/RW1.html`.
fn is_own_page(target: &str) -> bool {
    let page = target.split_once('#').map_or(target, |(page, _)| page);
    let is_plain =
        |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | '#' | '/');
    let is_below = !target.starts_with('/') && !target.contains("//") && !target.contains("..");
    is_below && page.rsplit_once('.').is_some_and(|(_, end)| end == "html") && target.chars().all(is_plain)
}

/// A count of a reading, or the sign.
fn reading_count(reading: &Value, part: &str) -> Result<String, TemplateError> {
    let number = reading.get_attr(part)?;
    if number.is_none() { sign(reading) } else { Ok(format::count(f64::try_from(number)?)) }
}

fn sign(reading: &Value) -> Result<String, TemplateError> {
    Ok(reading.get_attr("sign")?.as_str().unwrap_or_default().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_the_site_are_linked() {
        let check = |text: &str, expected: Option<(&str, &str)>| {
            assert_eq!(next_link(text).map(|(_, words, target, _)| (words, target)), expected, "{text}");
        };
        check("see [waits](waits.html) now", Some(("waits", "waits.html")));
        check(
            "[a](javascript:alert(1)) and [cut-off](glossary.html#cut-off)",
            Some(("cut-off", "glossary.html#cut-off")),
        );
        check("[a link](https://evil.invalid/x.html)", None);
        check("[a](../x.html) [b](//evil.html) [c](/x.html) [d](areas/../x.html)", None);
        check(
            "[The Practice (A)](areas/provider/ARY01.html) (180)",
            Some(("The Practice (A)", "areas/provider/ARY01.html")),
        );
        check(
            "[why](data-quality.html#order.2024-05.england.All.a_b)",
            Some(("why", "data-quality.html#order.2024-05.england.All.a_b")),
        );
        assert_eq!(without_links("see [waits](waits.html), [x](y)"), "see waits, [x](y)");
    }
}
