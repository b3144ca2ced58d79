//! Columns of dates.

use iapt_model::{DateRole, Layout, Period};

use super::texts::UnknownTexts;

/// A column of dates, all of which the period of the release has to allow.
pub(super) struct DateColumn {
    pub(super) role: DateRole,
    pub(super) position: usize,
    pub(super) published: String,
    /// The last text and the period that it stands for: nearly always that of the next row too.
    pub(super) last: (String, Option<Period>),
    /// The month of every row, where the column says it.
    pub(super) months: Vec<Period>,
    pub(super) wrong: UnknownTexts,
}

impl DateColumn {
    pub(super) fn new(role: DateRole, position: usize, published: String) -> Self {
        let last = (String::new(), None);
        Self { role, position, published, last, months: Vec::new(), wrong: UnknownTexts::default() }
    }

    /// Adds what was taken of rows that come after.
    pub(super) fn append(&mut self, other: Self) {
        self.months.extend(other.months);
        self.wrong.append(other.wrong);
    }

    pub(super) fn expected(&self, layout: &Layout, period: Period) -> String {
        match self.role {
            DateRole::StartDate => format!("the first day of {period}"),
            DateRole::EndDate => format!("the last day of {period}"),
            DateRole::Month => format!("the first day of a month of {period}"),
            DateRole::MonthEnd => format!("the last day of the row's month, in {period}"),
            DateRole::PeriodName => match layout.period_names.get(&period) {
                Some(name) => format!("`{name}`, the name of {period}"),
                None => format!("a name that `period_names` in dataset.toml gives {period}"),
            },
        }
    }

    /// `month` is that of the row, where a column before this one says it.
    pub(super) fn take(
        &mut self,
        layout: &Layout,
        release: Period,
        text: &str,
        row: usize,
        month: Option<Period>,
    ) {
        if self.last.1.is_none() || self.last.0 != text {
            let date = layout.date(release, text);
            let period = match self.role {
                DateRole::StartDate => date.filter(|date| *date == release.start_date()).map(|_| release),
                DateRole::EndDate => date.filter(|date| *date == release.end_date()).map(|_| release),
                DateRole::Month => date.and_then(|date| release.month_from(date)),
                DateRole::MonthEnd => date.and_then(|date| release.month_to(date)),
                DateRole::PeriodName => {
                    layout.period_names.get(&release).filter(|name| *name == text).map(|_| release)
                }
            };
            self.last = (text.to_owned(), period);
        }
        match self.last.1 {
            None => self.wrong.add(text, row),
            Some(month) if self.role == DateRole::Month => self.months.push(month),
            Some(end) if self.role == DateRole::MonthEnd && month != Some(end) => self.wrong.add(text, row),
            Some(_) => {}
        }
    }
}
