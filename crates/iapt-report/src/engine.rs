//! The template engine, strict: a misspelt name, a null and a bare structure are errors that name template and line.

use std::path::{Path, PathBuf};

use minijinja::{
    AutoEscape, Environment, Error as TemplateError, ErrorKind, Output, State, UndefinedBehavior, Value,
    escape_formatter, filters,
    syntax::SyntaxConfig,
    value::{Serde, ValueKind},
};
use serde::Serialize;

use crate::{Error, escape, format, names};

/// Every template below `reports/templates`.
pub(crate) struct Engine {
    environment: Environment<'static>,
    folder: PathBuf,
}

impl Engine {
    /// Reads and parses every template of `folder`.
    pub(crate) fn read(folder: &Path) -> Result<Self, Error> {
        let mut environment = environment()?;
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
    environment.add_filter("percent", |number: f64, decimals: usize| format::percent(number, decimals));
    environment.add_filter("md", |text: &str| escape::markdown(text));
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
    match refused {
        Some(what) => Err(TemplateError::new(ErrorKind::InvalidOperation, what)),
        None => escape_formatter(out, state, value),
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

/// A count of a reading, or the sign.
fn reading_count(reading: &Value, part: &str) -> Result<String, TemplateError> {
    let number = reading.get_attr(part)?;
    if number.is_none() { sign(reading) } else { Ok(format::count(f64::try_from(number)?)) }
}

fn sign(reading: &Value) -> Result<String, TemplateError> {
    Ok(reading.get_attr("sign")?.as_str().unwrap_or_default().to_owned())
}
