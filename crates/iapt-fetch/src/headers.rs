//! What response headers say, read strictly.

use std::time::Duration;

use chrono::DateTime;
use reqwest::{
    Response, Version,
    header::{
        CONTENT_RANGE, DATE, ETAG, HeaderMap, HeaderName, LAST_MODIFIED, RETRY_AFTER, TRANSFER_ENCODING,
    },
};

use crate::Pin;

/// A header as text; none where it is missing or not text.
pub(crate) fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok().map(str::trim)
}

/// How long the server asks to be left alone (RFC 9110, section 10.2.3): seconds, or a date.
///
/// A date is measured against the server's own clock in `Date`, so that a wrong clock here does not matter.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let asked = text(headers, RETRY_AFTER)?;
    if let Ok(seconds) = asked.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let until = DateTime::parse_from_rfc2822(asked).ok()?;
    let now = DateTime::parse_from_rfc2822(text(headers, DATE)?).ok()?;
    (until - now).to_std().ok()
}

/// Where the bytes of a partial response begin, and how many the whole has, where that is said.
pub(crate) fn content_range(headers: &HeaderMap) -> Option<(u64, Option<u64>)> {
    let (range, total) = text(headers, CONTENT_RANGE)?.strip_prefix("bytes ")?.split_once('/')?;
    let (first, _) = range.split_once('-')?;
    Some((first.parse().ok()?, total.parse().ok()))
}

/// Whether a body that ends has proven that it is whole: by its length, by a last chunk, or by the frames of HTTP/2.
///
/// Otherwise the end of the connection is the end of the body, and a connection that is cut looks the same.
pub(crate) fn proves_its_end(response: &Response) -> bool {
    response.content_length().is_some()
        || response.version() >= Version::HTTP_2
        || text(response.headers(), TRANSFER_ENCODING)
            .is_some_and(|coding| coding.to_ascii_lowercase().contains("chunked"))
}

/// What tells one version of a file from another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Validators {
    pub(crate) etag: Option<String>,
    pub(crate) last_modified: Option<String>,
}

/// No tag or date is longer, of a server in its right mind.
const LONGEST: usize = 1024;

impl Validators {
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        // What is too long could not be sent back.
        let owned = |name| text(headers, name).filter(|text| text.len() <= LONGEST).map(str::to_owned);
        Self { etag: owned(ETAG), last_modified: owned(LAST_MODIFIED) }
    }

    /// Those that were noted when bytes were kept.
    pub(crate) fn of_pin(pin: &Pin) -> Self {
        Self { etag: pin.etag.clone(), last_modified: pin.last_modified.clone() }
    }

    /// What `If-Range` may be asked with: a strong tag, or else the date (RFC 9110, section 13.1.5).
    pub(crate) fn condition(&self) -> Option<&str> {
        let strong = self.etag.as_deref().filter(|etag| etag.starts_with('"'));
        strong.or(self.last_modified.as_deref())
    }

    /// Whether both have a tag, and not the same one: two versions may have one date.
    pub(crate) fn contradict(&self, other: &Self) -> bool {
        matches!((&self.etag, &other.etag), (Some(one), Some(other)) if one != other)
    }

    /// Whether these headers of a part of a file belong to the version that the condition of the request (`If-Range`) named.
    pub(crate) fn confirm(&self, condition: &str) -> bool {
        [&self.etag, &self.last_modified].iter().any(|found| found.as_deref() == Some(condition))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    #[test]
    fn the_server_may_ask_in_seconds_or_by_date() {
        let asked = |pairs: &[_]| retry_after(&headers(pairs)).map(|wait| wait.as_secs());
        let date = ("date", "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(asked(&[]), None);
        assert_eq!(asked(&[("retry-after", "120")]), Some(120));
        assert_eq!(asked(&[("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT"), date]), Some(30));
        // In the past, without a clock to measure by, or nonsense.
        assert_eq!(asked(&[("retry-after", "Sun, 06 Nov 1994 08:49:07 GMT"), date]), None);
        assert_eq!(asked(&[("retry-after", "Sun, 06 Nov 1994 08:50:07 GMT")]), None);
        assert_eq!(asked(&[("retry-after", "-5")]), None);
        assert_eq!(asked(&[("retry-after", "soon")]), None);
    }

    #[test]
    fn ranges_are_read_strictly() {
        let range = |value| content_range(&headers(&[("content-range", value)]));
        assert_eq!(range("bytes 100-199/200"), Some((100, Some(200))));
        assert_eq!(range("bytes 100-199/*"), Some((100, None)));
        assert_eq!(range("bytes */200"), None);
        assert_eq!(range("100-199/200"), None);
    }

    #[test]
    fn only_strong_validators_make_a_condition() {
        let condition = |pairs: &[_]| Validators::of(&headers(pairs)).condition().map(str::to_owned);
        let date = ("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT");
        assert_eq!(condition(&[("etag", "\"a\""), date]).as_deref(), Some("\"a\""));
        assert_eq!(condition(&[("etag", "W/\"a\""), date]).as_deref(), Some(date.1));
        assert_eq!(condition(&[("etag", "W/\"a\"")]), None);
        assert_eq!(condition(&[]), None);
    }

    #[test]
    fn a_part_is_of_the_version_that_was_asked_for_or_of_another() {
        let confirms = |pairs: &[_], condition| Validators::of(&headers(pairs)).confirm(condition);
        let date = ("last-modified", "Sun, 06 Nov 1994 08:49:37 GMT");
        assert!(confirms(&[("etag", "\"a\""), date], "\"a\""));
        assert!(confirms(&[("etag", "W/\"a\""), date], date.1));
        assert!(!confirms(&[("etag", "\"b\""), date], "\"a\""));
        assert!(!confirms(&[("last-modified", "Mon, 07 Nov 1994 08:49:37 GMT")], date.1));
        assert!(!confirms(&[], date.1));
    }
}
