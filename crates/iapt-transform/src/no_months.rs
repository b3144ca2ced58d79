//! Which queries stay as they are while single months come.

use std::ops::ControlFlow;

use datafusion::{
    error::DataFusionError,
    sql::{
        parser::{DFParser, Statement},
        sqlparser::ast::{
            BinaryOperator, Expr, ObjectName, ObjectNamePart, Select, TableFactor, TableWithJoins, Value,
            Visit, Visitor,
        },
    },
};
use iapt_model::{Period, PeriodKind};

/// Whether a query reads no single months of a table, whatever there are: wherever it reads it, the condition of that `SELECT` says of
/// which kind the periods are, or which they are. So its result stays as it is while months come.
///
/// # Errors
///
/// What the engine says of a text that is not SQL.
pub(crate) fn reads_no_months(sql: &str, table: &str) -> Result<bool, DataFusionError> {
    let mut readings = Readings { table, n: 0, n_without_months: 0 };
    for statement in DFParser::parse_sql(sql)? {
        let Statement::Statement(statement) = statement else { return Ok(false) };
        let _ = statement.visit(&mut readings);
    }
    Ok(readings.n == readings.n_without_months)
}

/// How often a table is read, and how often of that without single months.
struct Readings<'a> {
    table: &'a str,
    n: usize,
    n_without_months: usize,
}

impl Visitor for Readings<'_> {
    type Break = ();

    /// However it is written: `INDICATORS`, `"indicators"`, `public.indicators`.
    fn pre_visit_relation(&mut self, relation: &ObjectName) -> ControlFlow<()> {
        let name = relation.0.last().and_then(ObjectNamePart::as_ident);
        self.n += usize::from(name.is_none_or(|name| name.value.eq_ignore_ascii_case(self.table)));
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &Select) -> ControlFlow<()> {
        let conditions = select.selection.as_ref().map(conditions).unwrap_or_default();
        let factors: Vec<&TableFactor> = select.from.iter().flat_map(factors).collect();
        let names = factors.iter().filter_map(|factor| match factor {
            // An alias may give the columns other names too.
            TableFactor::Table { name, alias, .. } if name.to_string() == self.table => match alias {
                Some(alias) if alias.columns.is_empty() => Some(alias.name.to_string()),
                Some(_) => None,
                None => Some(self.table.to_owned()),
            },
            _ => None,
        });
        let is_alone = factors.len() == 1;
        let is_bound =
            |name: &String| conditions.iter().any(|condition| excludes_months(condition, name, is_alone));
        self.n_without_months += names.filter(is_bound).count();
        ControlFlow::Continue(())
    }
}

/// The tables of a `FROM`, as they stand beside each other.
fn factors(from: &TableWithJoins) -> impl Iterator<Item = &TableFactor> {
    std::iter::once(&from.relation).chain(from.joins.iter().map(|join| &join.relation))
}

/// The conditions that all have to hold.
fn conditions(condition: &Expr) -> Vec<&Expr> {
    match condition {
        Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
            conditions(left).into_iter().chain(conditions(right)).collect()
        }
        Expr::Nested(inner) => conditions(inner),
        other => vec![other],
    }
}

/// Whether a condition says of the table of a name that its rows are of certain periods, or kinds of them, of which none is a month. A
/// bare column is one of the table where that stands alone.
fn excludes_months(condition: &Expr, name: &str, is_alone: bool) -> bool {
    let (column, values): (_, Vec<&Expr>) = match condition {
        Expr::BinaryOp { left, op: BinaryOperator::Eq, right } => (left, vec![right]),
        Expr::InList { expr, list, negated: false } => (expr, list.iter().collect()),
        _ => return false,
    };
    let column = match column.as_ref() {
        Expr::Identifier(column) if is_alone => &column.value,
        Expr::CompoundIdentifier(parts) => match parts.as_slice() {
            [table, column] if table.value == name => &column.value,
            _ => return false,
        },
        _ => return false,
    };
    let is_longer = |value: &Expr| {
        let Expr::Value(value) = value else { return false };
        let Value::SingleQuotedString(text) = &value.value else { return false };
        let is_month = |period: Period| period.period_kind() == PeriodKind::Month;
        match column.as_str() {
            "period_kind" => text != PeriodKind::Month.as_str(),
            "reporting_period" => text.parse().is_ok_and(|period| !is_month(period)),
            _ => false,
        }
    };
    values.into_iter().all(is_longer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_that_read_no_months_are_told_by_their_conditions() {
        fn check(sql: &str, expected: bool) {
            assert_eq!(reads_no_months(sql, "indicators").unwrap(), expected, "{sql}");
        }
        check("SELECT 1 FROM indicators WHERE period_kind = 'year'", true);
        check(
            "SELECT 1 FROM indicators WHERE value > 1 AND (period_kind IN ('year', 'sum_of_months'))",
            true,
        );
        check(
            "SELECT 1 FROM indicators AS i WHERE i.reporting_period = '2021-22' AND level = 'england'",
            true,
        );
        check(
            "SELECT 1 FROM spread WHERE n = (SELECT 1 FROM indicators WHERE reporting_period = '2021-22')",
            true,
        );
        check("SELECT 1 FROM spread", true);
        check("EXPLAIN SELECT 1 FROM indicators", false);
        check("SELECT 1 FROM indicators", false);
        check("SELECT 1 FROM indicators WHERE period_kind = 'year' OR level = 'england'", false);
        check("SELECT 1 FROM indicators WHERE period_kind <> 'month'", false);
        check("SELECT 1 FROM indicators WHERE period_kind IN ('year', 'month')", false);
        check("SELECT 1 FROM indicators WHERE period_kind NOT IN ('month')", false);
        check("SELECT 1 FROM indicators WHERE reporting_period = '2021-12'", false);
        check("SELECT 1 FROM indicators WHERE reporting_period BETWEEN '2021-12' AND '2022-11'", false);
        check(
            "SELECT 1 FROM indicators AS i JOIN other ON i.n = other.n WHERE other.period_kind = 'year'",
            false,
        );
        let of_two = "SELECT 1 FROM indicators AS now JOIN indicators AS before ON now.n = before.n WHERE now.period_kind = 'year'";
        check(of_two, false);
        check(&format!("{of_two} AND before.period_kind = 'year'"), true);
        check(
            "SELECT 1 FROM indicators WHERE period_kind = 'year' UNION ALL SELECT 2 FROM indicators",
            false,
        );
        check("WITH a AS (SELECT * FROM indicators) SELECT 1 FROM a WHERE period_kind = 'year'", false);
        check("SELECT 1 FROM \"indicators\" WHERE period_kind = 'month'", false);
        check("SELECT 1 FROM INDICATORS", false);
        check("SELECT 1 FROM public.indicators", false);
        check("SELECT 1 FROM spread LEFT ANTI JOIN indicators ON TRUE WHERE period_kind = 'year'", false);
        check("SELECT 1 FROM spread JOIN indicators ON TRUE WHERE indicators.period_kind = 'year'", true);
        check("SELECT 1 FROM indicators AS i (period_kind, n) WHERE i.period_kind = 'year'", false);
        check("SELECT 1 FROM (spread JOIN indicators ON TRUE) WHERE period_kind = 'year'", false);
    }
}
