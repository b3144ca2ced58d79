//! The canonical categories of rows.

use std::{collections::HashMap, sync::Arc};

use arrow::{
    array::{ArrayRef, DictionaryArray, StringArray},
    datatypes::Int32Type,
};
use iapt_model::{Category, Problem, Project, PublishedFile};

use super::interner::Interner;

/// The canonical categories of the rows.
pub(super) struct Categorised {
    pub(super) breakdown: ArrayRef,
    pub(super) category: ArrayRef,
    pub(super) is_total: Vec<bool>,
    pub(super) n_rows_without: usize,
    pub(super) unknown: Vec<Problem>,
}

impl Categorised {
    /// Of a file that is not broken down by groups of people, `is_uncategorised`, no row has a category or lacks one.
    pub(super) fn new(
        project: &Project,
        published_file: &PublishedFile,
        published: [&Interner; 3],
        is_uncategorised: bool,
    ) -> Self {
        let [variable_type, variable_a, variable_b] = published;
        let triples = variable_type.keys.iter().zip(&variable_a.keys).zip(&variable_b.keys);
        // Each distinct triple is looked up once; there are a few hundred among tens of thousands of rows.
        let mut index: HashMap<(i32, i32, i32), usize> = HashMap::new();
        let mut distinct: Vec<([&str; 3], Option<&Category>, usize)> = Vec::new();
        let mut of_row = Vec::with_capacity(variable_type.keys.len());
        for ((first, second), third) in triples {
            let position = *index.entry((*first, *second, *third)).or_insert_with(|| {
                let texts = [variable_type.text(*first), variable_a.text(*second), variable_b.text(*third)];
                distinct.push((texts, project.categories.get(&texts, published_file.period), 0));
                distinct.len() - 1
            });
            if let Some((_, _, n_rows)) = distinct.get_mut(position) {
                *n_rows += 1;
            }
            of_row.push(position);
        }
        if is_uncategorised {
            distinct.clear();
        }
        let category_of = |position: &usize| distinct.get(*position).and_then(|(_, category, _)| *category);
        let unknown = distinct.iter().filter(|(_, category, _)| category.is_none());
        let n_rows_without = unknown.clone().map(|(.., n_rows)| n_rows).sum();
        let unknown = unknown.map(|(texts, _, n_rows)| {
            let [variable_type, variable_a, variable_b] = texts.map(str::to_owned);
            Problem::UnknownCategory {
                published_file: published_file.clone(),
                variable_type,
                variable_a,
                variable_b,
                n_rows: *n_rows,
            }
        });
        let text = |of: fn(&Category) -> &String| -> ArrayRef {
            // Few differ, so each is looked up once.
            let mut texts = Interner::default();
            let key = |(_, category, _): &(_, Option<&Category>, _)| category.map(|one| texts.key(of(one)));
            let keys: Vec<Option<i32>> = distinct.iter().map(key).collect();
            let keys = of_row.iter().map(|position| keys.get(*position).copied().flatten()).collect();
            // The keys are positions among the texts.
            Arc::new(DictionaryArray::<Int32Type>::new(
                keys,
                Arc::new(StringArray::from_iter_values(&texts.texts)),
            ))
        };
        Self {
            breakdown: text(|category| &category.breakdown),
            category: text(|category| &category.category),
            is_total: of_row
                .iter()
                .map(|row| category_of(row).is_some_and(|found| found.breakdown == "total"))
                .collect(),
            n_rows_without,
            unknown: unknown.collect(),
        }
    }
}
