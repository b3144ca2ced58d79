//! Texts that repeat, each kept once.

use std::{collections::HashMap, sync::Arc};

use arrow::{
    array::{ArrayRef, DictionaryArray, Int32Array, PrimitiveArray, StringArray},
    datatypes::Int32Type,
    error::ArrowError,
};

/// Distinct texts of a key column, in order of first appearance, and which one each row has.
#[derive(Default)]
pub(super) struct Interner {
    pub(super) texts: Vec<String>,
    index: HashMap<String, i32>,
    pub(super) keys: Vec<i32>,
}

impl Interner {
    /// One with room for so many rows.
    pub(super) fn with_room(n_rows: usize) -> Self {
        Self { keys: Vec::with_capacity(n_rows), ..Self::default() }
    }

    /// Adds the rows of another one behind those of this one: what it would have been if it had taken them itself.
    pub(super) fn append(&mut self, other: &Self) {
        let keys: Vec<i32> = other.texts.iter().map(|text| self.key(text)).collect();
        let own = |key: &i32| usize::try_from(*key).ok().and_then(|key| keys.get(key)).copied();
        self.keys.extend(other.keys.iter().filter_map(own));
    }

    /// Adds the text of the last row once more.
    pub(super) fn repeat(&mut self) {
        let last = self.keys.last().copied();
        self.keys.extend(last);
    }

    pub(super) fn push(&mut self, text: &str) {
        // Rows of one organisation or category stand together, so the last text is the likeliest.
        let last = self.keys.last().copied();
        if let Some(last) = last
            && self.text(last) == text
        {
            self.keys.push(last);
            return;
        }
        let key = self.key(text);
        self.keys.push(key);
    }

    /// Adds a text so many times.
    pub(super) fn push_times(&mut self, text: &str, n: usize) {
        if n > 0 {
            let key = self.key(text);
            self.keys.resize(self.keys.len() + n, key);
        }
    }

    /// The key of a text, which is kept if it is new, without a row that has it.
    pub(super) fn key(&mut self, text: &str) -> i32 {
        if let Some(key) = self.index.get(text) {
            return *key;
        }
        let key = i32::try_from(self.texts.len()).unwrap_or(i32::MAX);
        self.texts.push(text.to_owned());
        self.index.insert(text.to_owned(), key);
        key
    }

    /// Of every text the first position that has it, and how many have it.
    pub(super) fn occurrences(&self) -> Vec<(usize, usize)> {
        let mut found = vec![(0, 0); self.texts.len()];
        for (position, key) in self.keys.iter().enumerate() {
            if let Some((first, n)) = usize::try_from(*key).ok().and_then(|key| found.get_mut(key)) {
                if *n == 0 {
                    *first = position;
                }
                *n += 1;
            }
        }
        found
    }

    pub(super) fn text(&self, key: i32) -> &str {
        usize::try_from(key).ok().and_then(|key| self.texts.get(key)).map_or("", String::as_str)
    }

    pub(super) fn into_array(self) -> Result<ArrayRef, ArrowError> {
        dictionary(Int32Array::from(self.keys), StringArray::from_iter_values(&self.texts))
    }
}

pub(super) fn dictionary(
    keys: PrimitiveArray<Int32Type>,
    texts: StringArray,
) -> Result<ArrayRef, ArrowError> {
    Ok(Arc::new(DictionaryArray::try_new(keys, Arc::new(texts))?))
}

/// A column that holds one text: `zeros` are the keys of every such column of its length.
pub(super) fn constant(zeros: &Int32Array, text: &str) -> Result<ArrayRef, ArrowError> {
    dictionary(zeros.clone(), StringArray::from(vec![text]))
}
