//! SQL that only reads: whoever wrote it, a user, a rule or a claim, it changes nothing.

use std::collections::BTreeSet;

use datafusion::{
    common::{ScalarValue, SchemaError, utils::datafusion_strsim::levenshtein},
    dataframe::DataFrame,
    error::DataFusionError,
    execution::context::SQLOptions,
    prelude::SessionContext,
    sql::{
        parser::{DFParser, Statement},
        resolve::resolve_table_references,
        sqlparser::{ast::Statement as Ast, parser::ParserError},
    },
};
use iapt_model::Project;

use crate::{Error, session};

/// Plans a query. What would write or set something is refused, and has done nothing.
///
/// # Errors
///
/// What the engine says; a plan error for what is no query.
pub async fn read(context: &SessionContext, sql: &str) -> Result<DataFrame, DataFusionError> {
    let statement = one(sql)?;
    let verb = verb(&statement);
    let plan = context.state().statement_to_plan(statement).await?;
    // A query may hold what writes: WITH ... INSERT.
    let only_reads =
        SQLOptions::new().with_allow_ddl(false).with_allow_dml(false).with_allow_statements(false);
    only_reads.verify_plan(&plan).map_err(|_| DataFusionError::Plan(no_query(&verb)))?;
    context.execute_logical_plan(plan).await
}

/// The one statement of a text. What is no query is refused before it is planned, so that no mistake in it is told first.
fn one(sql: &str) -> Result<Statement, DataFusionError> {
    let mut statements = DFParser::parse_sql(sql)?;
    let n_statements = statements.len();
    match statements.pop_front() {
        Some(_) if n_statements > 1 => {
            Err(DataFusionError::Plan(format!("there are {n_statements} statements: run one at a time")))
        }
        Some(statement) if is_read_only(&statement) => Ok(statement),
        Some(statement) => Err(DataFusionError::Plan(no_query(&verb(&statement)))),
        None => Err(DataFusionError::Plan("there is no statement to run".to_owned())),
    }
}

fn is_read_only(statement: &Statement) -> bool {
    match statement {
        Statement::Explain(explain) => is_read_only(&explain.statement),
        Statement::Statement(ast) => {
            matches!(**ast, Ast::Query(_) | Ast::Explain { .. } | Ast::ExplainTable { .. })
                || verb(statement) == "SHOW"
        }
        _ => false,
    }
}

/// Plans a query with values for its `$name`s.
///
/// # Errors
///
/// As [`read`].
pub async fn read_with(
    context: &SessionContext,
    sql: &str,
    values: &[(&str, &str)],
) -> Result<DataFrame, DataFusionError> {
    let values = values.iter().map(|(name, value)| (*name, ScalarValue::from(*value)));
    read(context, sql).await?.with_param_values(values.collect::<Vec<_>>())
}

/// The tables that a query reads, by name.
///
/// # Errors
///
/// What the engine says of a text that is not SQL.
pub fn tables(sql: &str) -> Result<BTreeSet<String>, DataFusionError> {
    let mut names = BTreeSet::new();
    for statement in DFParser::parse_sql(sql)? {
        let (tables, _) = resolve_table_references(&statement, true)?;
        names.extend(tables.iter().map(|table| table.table().to_owned()));
    }
    Ok(names)
}

/// Every declared SQL file and every claim that is not one query, and why.
#[must_use]
pub fn not_queries(project: &Project) -> Vec<String> {
    let mut problems = Vec::new();
    for file in project.queries.iter().chain(&project.rules) {
        if let Err(why) = is_query(&file.text) {
            problems.push(format!("{}: {why}", file.path.display()));
        }
    }
    for claim in &project.claims.claims {
        if let Err(why) = is_query(&claim.sql) {
            problems.push(format!("claims.csv: `{}`: {why}", claim.claim));
        }
    }
    problems
}

fn is_query(sql: &str) -> Result<(), String> {
    let statements = DFParser::parse_sql(sql).map_err(|error| told(&error))?;
    if statements.len() != 1 {
        return Err(format!("it has {} statements, not one query", statements.len()));
    }
    for statement in &statements {
        if !matches!(statement, Statement::Statement(ast) if matches!(**ast, Ast::Query(_))) {
            return Err(no_query(&verb(statement)));
        }
    }
    Ok(())
}

fn no_query(verb: &str) -> String {
    format!("`{verb}` is not allowed: only queries are")
}

/// The word that a statement begins with; of what is explained, the word of that.
fn verb(statement: &Statement) -> String {
    match statement {
        Statement::Explain(explain) => verb(&explain.statement),
        other => other.to_string().split_whitespace().next().unwrap_or_default().to_owned(),
    }
}

/// Whether a query names a column that two of its tables have.
pub(crate) fn is_ambiguous(error: &DataFusionError) -> bool {
    matches!(error.find_root(), DataFusionError::SchemaError(error, _) if matches!(**error, SchemaError::AmbiguousReference { .. }))
}

/// An error of the engine in words: without the names of its types, and each cause once.
pub fn told(error: &DataFusionError) -> String {
    match error {
        DataFusionError::SQL(error, _) => match error.as_ref() {
            ParserError::TokenizerError(text) | ParserError::ParserError(text) => text.clone(),
            ParserError::RecursionLimitExceeded => "it is nested too deeply".to_owned(),
        },
        DataFusionError::Plan(text) => {
            // The engine suggests the nearest function, however far off it is.
            let guess = text.strip_prefix("Invalid function '").and_then(|rest| {
                rest.strip_suffix("'?").and_then(|rest| rest.split_once("'.\nDid you mean '"))
            });
            match guess {
                Some((function, known)) if !is_near(function, known) => {
                    format!("Invalid function '{function}'.")
                }
                _ => text.replace("datafusion.public.", ""),
            }
        }
        DataFusionError::Execution(text)
        | DataFusionError::NotImplemented(text)
        | DataFusionError::ResourcesExhausted(text) => text.replace("datafusion.public.", ""),
        // Nobody can set that here.
        DataFusionError::SchemaError(error, _) => error
            .to_string()
            .replace(" or disable the datafusion.sql_parser.enable_ident_normalization configuration", ""),
        DataFusionError::IoError(error) => error.to_string(),
        DataFusionError::Context(_, error) | DataFusionError::Diagnostic(_, error) => told(error),
        DataFusionError::Shared(error) => told(error),
        DataFusionError::Collection(errors) => errors.iter().map(told).collect::<Vec<_>>().join("; "),
        other => other.to_string(),
    }
}

/// What went wrong with a query over these tables, as the user should hear it.
pub(crate) fn refused(context: &SessionContext, error: DataFusionError) -> Error {
    let root = error.find_root();
    if let DataFusionError::ResourcesExhausted(_) = root {
        return Error::TooLarge { why: told(root) };
    }
    let text = told(root);
    match text.strip_prefix("table '").and_then(|rest| rest.split_once("' not found")) {
        Some((table, "")) => no_table(context, table),
        _ => Error::Query(Box::new(error)),
    }
}

fn no_table(context: &SessionContext, table: &str) -> Error {
    let schema = context.catalog("datafusion").and_then(|catalog| catalog.schema("public"));
    let mut tables = schema.map(|schema| schema.table_names()).unwrap_or_default();
    tables.retain(|known| known != session::PARTITIONS);
    tables.sort();
    let near = tables.iter().filter(|known| is_near(known, table));
    let nearest = near.min_by_key(|known| levenshtein(known, table)).cloned();
    Error::NoTable { table: table.to_owned(), nearest, tables }
}

/// Whether one name may be meant by the other: a third of the letters differ at most.
fn is_near(one: &str, other: &str) -> bool {
    3 * levenshtein(one, other) <= one.chars().count().max(other.chars().count())
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    async fn check(sql: &str, expected: &Expect) {
        let context = crate::session::context(1, None).unwrap();
        // Two tables, which only this may make.
        for table in ["CREATE TABLE spread AS SELECT 1 AS n", "CREATE TABLE indicators AS SELECT 1 AS n"] {
            context.sql(table).await.unwrap();
        }
        let said = match read(&context, sql).await {
            Ok(frame) => {
                let batches = frame.collect().await.unwrap();
                format!("{} rows", batches.iter().map(arrow::array::RecordBatch::num_rows).sum::<usize>())
            }
            Err(error) => {
                let error = refused(&context, error);
                format!("{error}; {}", error.hint().unwrap_or_default())
            }
        };
        expected.assert_eq(&said);
        assert_eq!(context.sql("SELECT * FROM spread").await.unwrap().count().await.unwrap(), 1, "{sql}");
    }

    #[tokio::test]
    async fn queries_only_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("owned.csv").display().to_string();
        check("SELECT n FROM spread", &expect!["1 rows"]).await;
        check("WITH a AS (SELECT 1 AS n) SELECT * FROM a UNION ALL SELECT n FROM spread", &expect!["2 rows"])
            .await;
        check("SHOW TABLES", &expect!["9 rows"]).await;
        check("DESCRIBE spread", &expect!["1 rows"]).await;
        check("VALUES (1), (2)", &expect!["2 rows"]).await;
        check("SHOW COLUMNS FROM spread", &expect!["1 rows"]).await;
        check("EXPLAIN SELECT n FROM spread", &expect!["2 rows"]).await;
        for sql in [
            "INSERT INTO spread SELECT * FROM spread",
            &format!("COPY (SELECT 1) TO '{file}'"),
            &format!("COPY spread TO '{file}' STORED AS CSV"),
            &format!("EXPLAIN ANALYZE COPY spread TO '{file}'"),
            "EXPLAIN ANALYZE INSERT INTO spread SELECT * FROM spread",
            "DESCRIBE INSERT INTO spread SELECT * FROM spread",
            "WITH a AS (SELECT 1 AS n) INSERT INTO spread SELECT n FROM a",
            "DROP TABLE spread",
            "DELETE FROM spread",
            "UPDATE spread SET n = 2",
            "TRUNCATE TABLE spread",
            "CREATE TABLE other AS SELECT 1",
            "CREATE VIEW other AS SELECT 1",
            "CREATE OR REPLACE VIEW spread AS SELECT 1 WHERE false",
            &format!("CREATE EXTERNAL TABLE other STORED AS CSV LOCATION '{file}'"),
            "SET datafusion.execution.batch_size = 1",
            "RESET datafusion.execution.batch_size",
            "PREPARE p AS SELECT 1",
            "BEGIN TRANSACTION",
            "SELECT 1; DROP TABLE spread",
        ] {
            let context = SessionContext::new();
            context.sql("CREATE TABLE spread AS SELECT 1 AS n").await.unwrap();
            assert!(read(&context, sql).await.is_err(), "{sql}");
            assert_eq!(context.sql("SELECT * FROM spread").await.unwrap().count().await.unwrap(), 1, "{sql}");
            assert_eq!(fs_err::read_dir(folder.path()).unwrap().count(), 0, "{sql}");
        }
    }

    #[tokio::test]
    async fn what_is_wrong_is_said_in_words() {
        check("COPY spread TO 'x.csv'", &expect!["`COPY` is not allowed: only queries are; "]).await;
        check("EXPLAIN INSERT INTO spread SELECT 1", &expect!["`INSERT` is not allowed: only queries are; "])
            .await;
        check(
            "SELECT * FROM indicator",
            &expect!["there is no table `indicator`; did you mean `indicators`? Tables: indicators, spread"],
        )
        .await;
        check(
            "SELECT * FROM nothing.like.it",
            &expect!["there is no table `nothing.like.it`; Tables: indicators, spread"],
        )
        .await;
        check(
            "SELECT m FROM spread",
            &expect![[r#"
            No field named m.
            Valid fields are spread.n.; "#]],
        )
        .await;
        check("SELEC 1", &expect!["Expected: an SQL statement, found: SELEC at Line: 1, Column: 1; "]).await;
        check("SELECT 'x", &expect!["Unterminated string literal at Line: 1, Column: 8; "]).await;
        for sql in ["", "-- nothing"] {
            check(sql, &expect!["there is no statement to run; "]).await;
        }
        check("SELECT 1; SELECT 2", &expect!["there are 2 statements: run one at a time; "]).await;
        check("SELECT 1; DROP TABLE spread", &expect!["there are 2 statements: run one at a time; "]).await;
        check("SELECT nothing(1)", &expect!["Invalid function 'nothing'.; "]).await;
        check(
            "SELECT coun(1)",
            &expect![[r#"
            Invalid function 'coun'.
            Did you mean 'count'?; "#]],
        )
        .await;
        check(
            "SELECT \"N\" FROM spread",
            &expect![[r#"
            No field named "N". Did you mean 'spread.n'?
            Column names are case sensitive. You can use double quotes to refer to the spread.n column.
            Valid fields are spread.n.; "#]],
        )
        .await;
        // What is wrong in a statement that is not run is not told.
        check("INSERT INTO spread VALUES (1, 2)", &expect!["`INSERT` is not allowed: only queries are; "])
            .await;
        check("UPDATE nothing SET m = 2", &expect!["`UPDATE` is not allowed: only queries are; "]).await;
    }

    #[test]
    fn declared_sql_is_one_query() {
        fn check(sql: &str, expected: &Expect) {
            expected.assert_eq(&is_query(sql).err().unwrap_or_default());
        }
        check("-- a rule\nSELECT 1", &expect![]);
        check("COPY (SELECT 1) TO 'owned.csv'", &expect!["`COPY` is not allowed: only queries are"]);
        check("-- a rule\nINSERT INTO a SELECT 1", &expect!["`INSERT` is not allowed: only queries are"]);
        check("SELECT 1; SELECT 2", &expect!["it has 2 statements, not one query"]);
        check("-- nothing", &expect!["it has 0 statements, not one query"]);
        check("SELECT (", &expect!["Expected: an expression, found: EOF"]);
    }
}
