//! One file from a server that may be slow, cut connections, or send its visitors elsewhere.

use std::{io, time::Duration};

use iapt_files::without_secrets;
use reqwest::{
    Response, StatusCode,
    header::{
        ACCEPT_ENCODING, HeaderMap, HeaderValue, IF_MODIFIED_SINCE, IF_NONE_MATCH, IF_RANGE, LOCATION, RANGE,
    },
};
use tokio::time::{sleep, timeout};
use url::Url;

use crate::{
    Error, Event, Settings,
    client::{Clients, is_about_trust, reason},
    headers::{Validators, content_range, proves_its_end, retry_after, text},
    location::Allowed,
    patience::Patience,
    pause::wait,
    store::Arriving,
};

/// What is downloaded, and how.
pub(crate) struct Download<'a> {
    /// What messages call it.
    pub(crate) label: &'a str,
    pub(crate) address: Url,
    pub(crate) allowed: Allowed,
    pub(crate) settings: &'a Settings,
    pub(crate) clients: &'a Clients,
    pub(crate) patience: &'a Patience,
    /// The versions that are kept already, the newest last: the server need not send one of them again.
    pub(crate) known: &'a [Validators],
    pub(crate) tell: &'a (dyn Fn(Event) + Send + Sync),
}

/// What is known of the file when all its bytes are there.
#[derive(Default)]
pub(crate) struct Got {
    pub(crate) validators: Validators,
    /// How many attempts were made, the last of them good.
    pub(crate) attempts: u32,
    /// How many of them went on where another had stopped.
    pub(crate) resumed: u32,
    /// How many bytes it has, where the server says so.
    pub(crate) total: Option<u64>,
    /// Whether the end of the body proves that all of it came.
    pub(crate) is_proven: bool,
    /// Whether the server says that it still has a version that is kept; nothing was sent then.
    pub(crate) is_unchanged: bool,
}

/// Why an attempt failed.
enum Failure {
    /// It may go better next time; the server may have said when.
    Passing { why: String, asked: Option<Duration> },
    /// It will not.
    Lasting(Error),
}

impl Download<'_> {
    /// Downloads the file into `part`, in as many attempts as it takes and is allowed.
    pub(crate) async fn run(&self, part: &mut Arriving) -> Result<Got, Error> {
        if !self.allowed.allows(&self.address) {
            return Err(Error::ForbiddenAddress { url: self.url() });
        }
        self.patience.check(self.label, &self.address)?;
        let deadline = self.settings.deadline.min(self.patience.time_left(self.label)?);
        let got = timeout(deadline, self.attempts(part))
            .await
            .unwrap_or_else(|_| Err(Error::Deadline { url: self.url(), seconds: deadline.as_secs() }));
        self.patience.note(&self.address, got.as_ref().err());
        got
    }

    /// The address as messages show it.
    fn url(&self) -> String {
        without_secrets(self.address.as_str())
    }

    async fn attempts(&self, part: &mut Arriving) -> Result<Got, Error> {
        let mut got = Got::default();
        loop {
            got.attempts += 1;
            let (why, asked) = match self.attempt(part, &mut got).await {
                Ok(()) => return Ok(got),
                Err(Failure::Lasting(error)) => return Err(error),
                Err(Failure::Passing { why, asked }) => (why, asked),
            };
            let (url, attempt) = (self.url(), got.attempts);
            if let Some(asked) = asked.filter(|asked| *asked > self.settings.retry_after_cap) {
                return Err(Error::AskedToWait { url, seconds: asked.as_secs() });
            }
            if attempt >= self.settings.attempts {
                return Err(Error::GaveUp { url, attempts: attempt, why });
            }
            let wait = wait(self.settings, &url, attempt, asked);
            (self.tell)(Event::Retry { attempt, why, wait });
            sleep(wait).await;
            self.patience.check(self.label, &self.address)?;
        }
    }

    /// Asks once, for what is still missing where the server can be held to the version that was begun.
    async fn attempt(&self, part: &mut Arriving, got: &mut Got) -> Result<(), Failure> {
        let mut headers = HeaderMap::new();
        // Bytes are counted and resumed as they are in the file.
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        let condition =
            got.validators.condition().and_then(|condition| HeaderValue::from_str(condition).ok());
        let is_resumed = match condition {
            Some(condition) if part.n_bytes() > 0 => {
                headers.insert(RANGE, HeaderValue::try_from(format!("bytes={}-", part.n_bytes()))?);
                headers.insert(IF_RANGE, condition);
                true
            }
            _ => false,
        };
        let is_conditional = part.n_bytes() == 0 && self.add_known(&mut headers);
        let response = self.follow(&headers).await?;
        match response.status() {
            StatusCode::NOT_MODIFIED if is_conditional => {
                got.validators = Validators::of(response.headers());
                got.is_unchanged = true;
                return Ok(());
            }
            StatusCode::OK => self.begin(&response, part, got)?,
            StatusCode::PARTIAL_CONTENT if is_resumed => self.go_on(&response, part, got)?,
            status => return Err(self.refused(status, &response, part, got)?),
        }
        self.receive(response, part).await?;
        match got.total {
            Some(total) if part.n_bytes() != total => {
                Err(passing(format!("{} of {total} bytes came", part.n_bytes())))
            }
            _ => Ok(()),
        }
    }

    /// Asks only for a version that is not known; says whether there is anything to ask by.
    fn add_known(&self, headers: &mut HeaderMap) -> bool {
        let tags: Vec<&str> = self.known.iter().filter_map(|known| known.etag.as_deref()).collect();
        let date = self.known.last().and_then(|known| known.last_modified.as_deref());
        let (name, value) = match (tags.as_slice(), date) {
            ([], None) => return false,
            // Where there is a tag, the date is not looked at (RFC 9110, section 13.1.3).
            ([], Some(date)) => (IF_MODIFIED_SINCE, date.to_owned()),
            (tags, _) => (IF_NONE_MATCH, tags.join(", ")),
        };
        HeaderValue::try_from(value).is_ok_and(|value| headers.insert(name, value).is_none())
    }

    /// Follows redirects as far as they are allowed.
    async fn follow(&self, headers: &HeaderMap) -> Result<Response, Failure> {
        let mut address = self.address.clone();
        for _ in 0..=self.settings.redirects {
            let response = self.clients.get(&address, headers.clone()).await?;
            let response = response.map_err(|error| {
                let why = reason(&error);
                if is_about_trust(&error) {
                    Failure::Lasting(Error::NotTrusted { url: self.url(), why })
                } else {
                    passing(why)
                }
            })?;
            let target =
                response.status().is_redirection().then(|| text(response.headers(), LOCATION)).flatten();
            let Some(target) = target else { return Ok(response) };
            let next = address.join(target).ok().filter(|next| self.allowed.allows(next));
            address = next.ok_or_else(|| {
                let to = address.join(target).map_or_else(|_| target.to_owned(), |url| url.to_string());
                let (from, to) = (without_secrets(address.as_str()), without_secrets(&to));
                Failure::Lasting(Error::ForbiddenRedirect { from, to })
            })?;
        }
        let (url, limit) = (self.url(), self.settings.redirects);
        Err(Failure::Lasting(Error::TooManyRedirects { url, limit }))
    }

    /// The whole file is on its way, from its first byte.
    fn begin(&self, response: &Response, part: &mut Arriving, got: &mut Got) -> Result<(), Failure> {
        part.restart()?;
        got.validators = Validators::of(response.headers());
        got.total = response.content_length();
        got.is_proven = proves_its_end(response);
        self.check_size(got.total.unwrap_or(0))?;
        (self.tell)(Event::Started { total: got.total });
        Ok(())
    }

    /// The rest of the file is on its way, if the server keeps to what it was asked.
    fn go_on(&self, response: &Response, part: &mut Arriving, got: &mut Got) -> Result<(), Failure> {
        let validators = Validators::of(response.headers());
        // A server that does not say of which version the rest is may have forgotten what it was asked.
        let is_same = got.validators.condition().is_some_and(|condition| validators.confirm(condition))
            && !got.validators.contradict(&validators);
        let range = content_range(response.headers());
        let fits = range.is_some_and(|(first, total)| {
            first == part.n_bytes() && (total.is_none() || got.total.is_none() || total == got.total)
        });
        if !(is_same && fits) {
            start_over(part, got)?;
            return Err(passing("the server went on with something else".to_owned()));
        }
        got.total = got.total.or(range.and_then(|(_, total)| total));
        // Whatever proved where the whole file ends does not hold for this part: only the total size does.
        got.is_proven = got.total.is_some();
        got.resumed += 1;
        (self.tell)(Event::Resumed { at: part.n_bytes() });
        Ok(())
    }

    /// What an answer without the file means.
    fn refused(
        &self,
        status: StatusCode,
        response: &Response,
        part: &mut Arriving,
        got: &mut Got,
    ) -> Result<Failure, Failure> {
        let failure = match status {
            StatusCode::NOT_FOUND | StatusCode::GONE => {
                let location = self.url();
                Failure::Lasting(Error::NotHeld { release: self.label.to_owned(), location })
            }
            StatusCode::RANGE_NOT_SATISFIABLE => {
                start_over(part, got)?;
                passing("the server has no more bytes than those that came".to_owned())
            }
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS => {
                Failure::Passing { why: format!("status {status}"), asked: retry_after(response.headers()) }
            }
            status if status.is_server_error() => {
                Failure::Passing { why: format!("status {status}"), asked: retry_after(response.headers()) }
            }
            status => Failure::Lasting(Error::Status { url: self.url(), status: status.as_u16() }),
        };
        Ok(failure)
    }

    async fn receive(&self, mut response: Response, part: &mut Arriving) -> Result<(), Failure> {
        loop {
            match response.chunk().await {
                Ok(Some(chunk)) => {
                    let n_bytes = u64::try_from(chunk.len()).unwrap_or(u64::MAX);
                    self.check_size(part.n_bytes().saturating_add(n_bytes))?;
                    part.write(&chunk)?;
                    (self.tell)(Event::Progress { bytes: part.n_bytes() });
                }
                Ok(None) => return Ok(()),
                Err(error) => {
                    return Err(passing(format!(
                        "cut off after {} bytes: {}",
                        part.n_bytes(),
                        reason(&error)
                    )));
                }
            }
        }
    }

    fn check_size(&self, n_bytes: u64) -> Result<(), Failure> {
        let limit = self.settings.max_bytes;
        if n_bytes > limit {
            return Err(Failure::Lasting(Error::TooLarge { from: self.url(), limit }));
        }
        Ok(())
    }
}

/// Forgets what came so far, so that the next attempt asks for everything.
fn start_over(part: &mut Arriving, got: &mut Got) -> io::Result<()> {
    got.validators = Validators::default();
    got.total = None;
    part.restart()
}

fn passing(why: String) -> Failure {
    Failure::Passing { why, asked: None }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Lasting(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Lasting(Error::Io(error))
    }
}

impl From<reqwest::header::InvalidHeaderValue> for Failure {
    fn from(error: reqwest::header::InvalidHeaderValue) -> Self {
        Self::Lasting(Error::Client { why: error.to_string() })
    }
}
