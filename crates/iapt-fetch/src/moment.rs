//! Points in time: when bytes were seen.

use std::{fmt, str::FromStr, time::SystemTime};

use chrono::{DateTime, NaiveDate, SecondsFormat, SubsecRound, Utc};
use serde::{Deserialize, Serialize};

/// A second of world time, written `2026-11-24T03:00:00Z`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Moment(DateTime<Utc>);

/// A text that is no moment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not a time such as 2026-11-24T03:00:00Z")]
pub struct NotAMoment {
    text: String,
}

impl Moment {
    /// This second, by the clock of this machine.
    #[must_use]
    pub fn now() -> Self {
        SystemTime::now().into()
    }

    /// The day, in world time.
    #[must_use]
    pub fn date(self) -> NaiveDate {
        self.0.date_naive()
    }

    /// Unix time: seconds since 1970-01-01 00:00 UTC.
    #[must_use]
    pub fn unix_seconds(self) -> i64 {
        self.0.timestamp()
    }

    /// Seconds from another moment to this one; negative when this one is earlier.
    #[must_use]
    pub fn seconds_since(self, other: Self) -> i64 {
        (self.0 - other.0).num_seconds()
    }
}

impl From<SystemTime> for Moment {
    fn from(time: SystemTime) -> Self {
        Self(DateTime::<Utc>::from(time).trunc_subsecs(0))
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}

impl FromStr for Moment {
    type Err = NotAMoment;

    fn from_str(text: &str) -> Result<Self, NotAMoment> {
        let read = DateTime::parse_from_rfc3339(text).map_err(|_| NotAMoment { text: text.to_owned() })?;
        Ok(Self(read.with_timezone(&Utc).trunc_subsecs(0)))
    }
}

impl TryFrom<String> for Moment {
    type Error = NotAMoment;

    fn try_from(text: String) -> Result<Self, NotAMoment> {
        text.parse()
    }
}

impl From<Moment> for String {
    fn from(moment: Moment) -> Self {
        moment.to_string()
    }
}
