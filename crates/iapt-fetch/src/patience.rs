//! How long a run goes on: a host that does not answer is given up, and so is everything when the time is over.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use url::Url;

use crate::Error;

/// After so many releases in a row that one host failed to send, the others are not asked for.
const MOST_IN_A_ROW: usize = 3;

/// What is left of the patience of one run.
pub(crate) struct Patience {
    began: Instant,
    deadline: Duration,
    hosts: Mutex<BTreeMap<String, Host>>,
}

/// How a host has answered so far.
#[derive(Default)]
struct Host {
    failed_in_a_row: usize,
    /// Why it is not asked any more.
    given_up: Option<String>,
}

impl Patience {
    pub(crate) fn new(deadline: Duration) -> Self {
        Self { began: Instant::now(), deadline, hosts: Mutex::default() }
    }

    /// How much time is left; an error when there is none.
    pub(crate) fn time_left(&self, release: &str) -> Result<Duration, Error> {
        let left = self.deadline.saturating_sub(self.began.elapsed());
        if left.is_zero() {
            return Err(Error::OutOfTime { release: release.to_owned(), seconds: self.deadline.as_secs() });
        }
        Ok(left)
    }

    /// An error when the host of an address is not asked any more.
    pub(crate) fn check(&self, release: &str, address: &Url) -> Result<(), Error> {
        let host = name(address);
        let given_up = self.hosts().get(&host).and_then(|host| host.given_up.clone());
        given_up.map_or(Ok(()), |why| Err(Error::HostGivenUp { release: release.to_owned(), host, why }))
    }

    /// Notes how the host of an address answered: an error that is not passing is an answer too.
    pub(crate) fn note(&self, address: &Url, error: Option<&Error>) {
        let mut hosts = self.hosts();
        let host = hosts.entry(name(address)).or_default();
        match error {
            Some(Error::AskedToWait { seconds, .. }) => {
                host.given_up = Some(format!("it asks not to be requested again for {seconds} seconds"));
            }
            Some(error) if error.is_passing() => {
                host.failed_in_a_row += 1;
                if host.failed_in_a_row >= MOST_IN_A_ROW && host.given_up.is_none() {
                    let n = host.failed_in_a_row;
                    host.given_up = Some(format!("the host does not answer: {n} releases in a row failed"));
                }
            }
            Some(_) | None => host.failed_in_a_row = 0,
        }
    }

    fn hosts(&self) -> MutexGuard<'_, BTreeMap<String, Host>> {
        // The notes are consistent after every statement, so a thread that stopped has left them so.
        self.hosts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Host and port.
fn name(address: &Url) -> String {
    let host = address.host_str().unwrap_or_default();
    address.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}
