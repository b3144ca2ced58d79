//! Every SQL file with its fixture: a handful of input rows and the table that is expected of them, as text.
//!
//! `NAME.fixture` stands beside `NAME.sql`. It has cases, each of which begins with a line `# what it shows`. A case has the
//! tables that the query reads, a blank line between two, and `expected` last, which `UPDATE_EXPECT=1` rewrites:
//!
//! ```text
//! # an organisation of two names
//!
//! tidy: dataset=d, org_type=Provider
//! org_code | org_name | value
//! A        | One      | 5
//!
//! expected
//! org_code | value
//! A        | 5.0
//! ```
//!
//! After the name of a table come columns that have one value in every row. A column is of the kind that the dictionary
//! declares, else text, else what is written behind its name (`value:number`); columns of declared tables that are not
//! written are null, and so is an empty cell. What is not given is made: declared tables as the project declares them or
//! without rows, and what the queries of the derived tables give. `values` gives the query its `$name`s.

use std::{
    fmt::Write,
    path::{Path, PathBuf},
    sync::Arc,
};

use arrow::{
    array::{ArrayRef, RecordBatch, StringArray, new_null_array},
    compute::{CastOptions, cast, cast_with_options},
    datatypes::{DataType, Field, Schema, SchemaRef},
    util::display::array_value_to_string,
};
use datafusion::{datasource::MemTable, prelude::SessionContext};
use expect_test::expect_file;
use iapt_catalog::{session, sql};
use iapt_model::{ColumnKind, Project, SqlFile};

use crate::{declared, findings};

/// What other queries read, in an order in which each can be made of those before it.
const MADE: [&str; 8] =
    ["published_cells", "years", "wanted", "ratio", "average", "totals", "listed", "additivity"];

/// One case of a fixture.
#[derive(Default)]
struct Case {
    /// Everything down to the line `expected`.
    text: String,
    tables: Vec<Given>,
    values: Vec<(String, String)>,
}

/// A table of a case.
struct Given {
    name: String,
    /// Name and, where it is written, kind of each column.
    columns: Vec<(String, Option<String>)>,
    rows: Vec<Vec<String>>,
}

fn project() -> Project {
    Project::load(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")).unwrap()
}

/// Every SQL file of the project and of this crate.
fn files(project: &Project) -> Vec<SqlFile> {
    let mut files: Vec<SqlFile> = project.queries.iter().chain(&project.rules).cloned().collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("sql");
    let mut own: Vec<PathBuf> =
        fs_err::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    own.retain(|path| path.extension().is_some_and(|extension| extension == "sql"));
    own.sort();
    files.extend(own.into_iter().map(|path| SqlFile {
        name: path.file_stem().unwrap().to_str().unwrap().to_owned(),
        dataset: None,
        text: fs_err::read_to_string(&path).unwrap(),
        path,
    }));
    files
}

fn cases(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for part in text.split("\n# ").map(|part| part.trim_start_matches("# ")) {
        let (before, _) = part.split_once("\nexpected").unwrap_or((part, ""));
        let mut case = Case { text: format!("# {}\n", before.trim_end()), ..Case::default() };
        // The first block is the sentence.
        for block in before.split("\n\n").skip(1).map(str::trim).filter(|block| !block.is_empty()) {
            let mut lines = block.lines();
            let head = lines.next().unwrap_or_default();
            let (name, alike) = head.split_once(':').unwrap_or((head, ""));
            let alike: Vec<(String, String)> = alike
                .split(", ")
                .filter(|cell| !cell.trim().is_empty())
                .map(|cell| {
                    let (column, value) = cell.split_once('=').unwrap();
                    (column.trim().to_owned(), value.trim().to_owned())
                })
                .collect();
            if name == "values" {
                case.values = alike;
                continue;
            }
            let cells = |line: &str| line.split('|').map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
            let kind = |column: &String| match column.split_once(':') {
                Some((column, kind)) => (column.to_owned(), Some(kind.to_owned())),
                None => (column.clone(), None),
            };
            let mut columns: Vec<_> = cells(lines.next().unwrap_or_default()).iter().map(kind).collect();
            columns.extend(alike.iter().map(|(column, _)| kind(column)));
            let row = |line: &str| {
                let mut row = cells(line);
                row.extend(alike.iter().map(|(_, value)| value.clone()));
                assert_eq!(row.len(), columns.len(), "`{name}`: {line}");
                row
            };
            let rows = lines.map(row).collect();
            case.tables.push(Given { name: name.to_owned(), columns, rows });
        }
        cases.push(case);
    }
    cases
}

fn data_type(kind: &str) -> DataType {
    match kind {
        "number" => DataType::Float64,
        "integer" => DataType::Int64,
        "boolean" => DataType::Boolean,
        "date" => DataType::Date32,
        "text" => DataType::Utf8,
        other => panic!("`{other}` is no kind of column"),
    }
}

/// The columns that are declared of a table: of `tidy` with the types that it has.
fn declared_schema(project: &Project, table: &str) -> Option<SchemaRef> {
    if table == iapt_tidy::TIDY {
        return Some(session::tidy_schema());
    }
    let columns = project.tables.get(table)?.columns.iter();
    let field = |(name, kind): (&String, ColumnKind)| Field::new(name, data_type(kind.as_str()), true);
    Some(Arc::new(Schema::new(columns.map(|column| field((&column.name, column.kind))).collect::<Vec<_>>())))
}

impl Given {
    fn batch(&self, project: &Project) -> RecordBatch {
        let written = |position: usize, wanted: &DataType| -> ArrayRef {
            let cells = self.rows.iter().map(|row| row.get(position).filter(|cell| !cell.is_empty()));
            let texts = StringArray::from(cells.map(|cell| cell.map(String::as_str)).collect::<Vec<_>>());
            let options = CastOptions { safe: false, ..CastOptions::default() };
            // Through what a dictionary holds, since a text is not cast into a dictionary of numbers.
            cast_with_options(&texts, wanted, &options).unwrap()
        };
        let position = |name: &str| self.columns.iter().position(|(column, _)| column == name);
        let mut fields = Vec::new();
        let mut arrays = Vec::new();
        let declared = declared_schema(project, &self.name);
        for field in declared.iter().flat_map(|schema| schema.fields()) {
            let array = position(field.name()).map(|position| written(position, field.data_type()));
            arrays.push(array.unwrap_or_else(|| new_null_array(field.data_type(), self.rows.len())));
            fields.push(field.as_ref().clone().with_nullable(true));
        }
        for (index, (name, kind)) in self.columns.iter().enumerate() {
            if fields.iter().any(|field| field.name() == name) {
                continue;
            }
            let wanted = data_type(kind.as_deref().unwrap_or("text"));
            arrays.push(written(index, &wanted));
            fields.push(Field::new(name, wanted, true));
        }
        RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap()
    }
}

fn register(context: &SessionContext, name: &str, batch: RecordBatch) {
    let table = MemTable::try_new(batch.schema(), vec![vec![batch]]).unwrap();
    context.deregister_table(name).unwrap();
    context.register_table(name, Arc::new(table)).unwrap();
}

/// The result of a query over the tables of a case, as text.
async fn result(project: &Project, file: &SqlFile, case: &Case) -> String {
    let context = session::context(1, None).unwrap();
    for table in project.tables.iter() {
        let schema = declared_schema(project, &table.name).unwrap();
        register(&context, &table.name, RecordBatch::new_empty(schema));
    }
    let types = declared::organisation_types(project);
    register(&context, "organisation_types", session::to_batch("organisation_types", &types).unwrap());
    let rules = declared::disclosure_rules(project);
    register(&context, "disclosure_rules", session::to_batch("disclosure_rules", &rules).unwrap());
    let breakdowns = declared::breakdowns(project);
    register(&context, "breakdowns", session::to_batch("breakdowns", &breakdowns).unwrap());
    for given in &case.tables {
        register(&context, &given.name, given.batch(project));
    }
    let is_given = |name: &str| case.tables.iter().any(|given| given.name == name);
    // What the first of the parts is of.
    session::view(&context, "whole_years", &project.query("whole_years").unwrap().text).await.unwrap();
    let parts = [
        ("sums", "whole_years"),
        ("stated", "stated_figures"),
        ("asked", "indicator_terms"),
        ("broken_down_by", "breakdowns"),
    ];
    for (part, table) in parts {
        if !is_given(part) {
            session::view_where(&context, part, table, "TRUE").await.unwrap();
        }
    }
    for name in MADE.into_iter().filter(|name| !is_given(name) && *name != file.name) {
        // One that what is given is not enough for is missed by the query itself, where it reads it.
        session::view(&context, name, &project.query(name).unwrap().text).await.ok();
    }
    if !is_given("periods")
        && let Ok(periods) = findings::periods(&context).await
    {
        findings::register(&context, "periods", &periods).unwrap();
    }
    let values: Vec<(&str, &str)> =
        case.values.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let rows = sql::read_with(&context, &file.text, &values).await;
    let rows = rows.unwrap_or_else(|error| panic!("{}: {}: {error}", file.path.display(), case.text));
    let schema = Arc::clone(rows.schema().inner());
    let batches = rows.collect().await;
    let batches = batches.unwrap_or_else(|error| panic!("{}: {}: {error}", file.path.display(), case.text));
    let is_ordered = file.text.contains("\nORDER BY");
    written(&arrow::compute::concat_batches(&schema, &batches).unwrap(), is_ordered)
}

/// What is expected where a query gives none.
const NO_ROWS: &str = "no rows\n";

/// Rows in columns of one width, without the columns that are null throughout; nothing where there are no rows.
fn written(batch: &RecordBatch, is_ordered: bool) -> String {
    if batch.num_rows() == 0 {
        return NO_ROWS.to_owned();
    }
    let mut columns: Vec<Vec<String>> = Vec::new();
    for (field, array) in batch.schema().fields().iter().zip(batch.columns()) {
        let array = match array.data_type() {
            DataType::Dictionary(_, values) => cast(array, values).unwrap(),
            _ => Arc::clone(array),
        };
        if array.null_count() < array.len() {
            let cell = |row| {
                if array.is_null(row) { String::new() } else { array_value_to_string(&array, row).unwrap() }
            };
            columns.push([field.name().clone()].into_iter().chain((0..array.len()).map(cell)).collect());
        }
    }
    let width = |column: &Vec<String>| column.iter().map(|cell| cell.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = columns.iter().map(width).collect();
    let line = |row: usize| {
        let cells = columns.iter().zip(&widths).map(|(column, width)| format!("{:<width$}", column[row]));
        cells.collect::<Vec<_>>().join(" | ").trim_end().to_owned() + "\n"
    };
    let mut rows: Vec<String> = (1..=batch.num_rows()).map(line).collect();
    if !is_ordered {
        rows.sort();
    }
    line(0) + &rows.concat()
}

#[tokio::test]
async fn every_sql_file_gives_what_its_fixture_expects() {
    let project = project();
    for file in files(&project) {
        let path = file.path.with_extension("fixture");
        let text = fs_err::read_to_string(&path).unwrap();
        let (mut found, mut n_flagged, mut n_clean) = (String::new(), 0, 0);
        for case in cases(&text) {
            let rows = result(&project, &file, &case).await;
            let n = if rows == NO_ROWS { &mut n_clean } else { &mut n_flagged };
            *n += 1;
            let between = if found.is_empty() { "" } else { "\n" };
            write!(found, "{between}{}\nexpected\n{rows}", case.text).unwrap();
        }
        expect_file![&path].assert_eq(&found);
        let is_rule = project.rules.iter().any(|rule| rule.path == file.path);
        assert!(
            !is_rule || n_flagged > 0 && n_clean > 0,
            "{}: a rule has a case that it flags and one that it does not",
            path.display()
        );
    }
}
