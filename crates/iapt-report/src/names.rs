//! Organisations' names as readers see them: capitals set as words, endings that every name of a level has left out.
//!
//! For display only: downloads carry names as published, and every table carries the code.

use serde::Deserialize;

use crate::escape::clean;

/// How names are shown, declared in the site's page file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NameRules {
    /// Endings that say only which level it is, with the beginning that goes with each.
    endings: Vec<Ending>,
    /// Words that stay in capitals.
    capitals: Vec<String>,
    /// Words that are not capitalised inside a name.
    small: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Ending {
    ending: String,
    #[serde(default)]
    beginning: String,
}

impl NameRules {
    /// The name for a page.
    pub(crate) fn display(&self, published: &str) -> String {
        let name = clean(published);
        let name = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let name = self.without_ending(&name);
        // A name that has lower-case letters was set with care; only shouting is turned down.
        if name.chars().any(char::is_lowercase) { name.to_owned() } else { self.set_as_words(name) }
    }

    fn without_ending<'a>(&self, name: &'a str) -> &'a str {
        let shortened = self.endings.iter().find_map(|Ending { ending, beginning }| {
            let rest = name.strip_suffix(ending.as_str())?;
            Some(rest.strip_prefix(beginning.as_str()).unwrap_or(rest))
        });
        shortened.filter(|rest| !rest.is_empty()).unwrap_or(name)
    }

    fn set_as_words(&self, name: &str) -> String {
        let mut text = String::with_capacity(name.len());
        let mut word = String::new();
        for character in name.chars().chain([' ']) {
            if character.is_alphanumeric() {
                word.push(character);
            } else {
                text.push_str(&self.set_word(&word, &text));
                word.clear();
                text.push(character);
            }
        }
        text.pop();
        text
    }

    fn set_word(&self, word: &str, before: &str) -> String {
        let lower = word.to_lowercase();
        let is_code = word.chars().any(|character| character.is_ascii_digit());
        let after_apostrophe = before.ends_with('\'') || before.ends_with('\u{2019}');
        if is_code || self.capitals.iter().any(|capital| capital == word) {
            word.to_owned()
        } else if after_apostrophe && word.chars().count() <= 2
            || !before.is_empty() && self.small.contains(&lower)
        {
            lower
        } else {
            let mut letters = lower.chars();
            letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
        }
    }
}

/// `integrated care board` inside a sentence; `STP` stays, and so do names of two words, as `Talking Therapies`.
pub(crate) fn lower_first(text: &str) -> String {
    let mut words = text.split(' ');
    let first = words.next().unwrap_or_default();
    let is_short_form = first.chars().nth(1).is_some_and(char::is_uppercase);
    let is_name = first.chars().all(char::is_alphabetic)
        && words.next().is_some_and(|second| second.starts_with(char::is_uppercase));
    if is_short_form || is_name {
        return text.to_owned();
    }
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_their_capitals_inside_a_sentence() {
        let check = |text, expected| assert_eq!(lower_first(text), expected);
        check("Integrated care boards", "integrated care boards");
        check("STPs", "STPs");
        check("Talking Therapies referrals", "Talking Therapies referrals");
        check("Referrals to Talking Therapies", "referrals to Talking Therapies");
        check("Mean: Days waited", "mean: Days waited");
        check("Ex-British Armed Forces", "ex-British Armed Forces");
        check("", "");
    }

    #[test]
    fn names_are_set_as_words() {
        let rules: NameRules = toml::from_str(
            r#"
            endings = [{ ending = " INTEGRATED CARE BOARD", beginning = "NHS " }]
            capitals = ["NHS", "ICB", "CIC"]
            small = ["and", "of", "on"]
            "#,
        )
        .unwrap();
        let check = |published, expected| assert_eq!(rules.display(published), expected);
        check("NHS DERBY AND DERBYSHIRE INTEGRATED CARE BOARD", "Derby and Derbyshire");
        check("NHS BLACK COUNTRY ICB - D2P2L", "NHS Black Country ICB - D2P2L");
        check("CHILDREN'S HEALTH CIC (STOKE-ON-TRENT)", "Children's Health CIC (Stoke-on-Trent)");
        check("Joined Up Care Derbyshire", "Joined Up Care Derbyshire");
        check(" INTEGRATED CARE BOARD", "Integrated Care Board");
        check("<script>alert(1)</script>", "<script>alert(1)</script>");
    }
}
