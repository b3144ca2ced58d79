//! Where releases come from, and which addresses may be visited on the way.

use std::{borrow::Cow, collections::BTreeSet, path::PathBuf};

use iapt_files::Sha256;
use iapt_model::Release;
use percent_encoding::percent_decode_str;
use url::{Host, Url};

use crate::Error;

/// A place under the name that the lock file knows it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name in the lock file: a pin holds for one source only.
    pub name: String,
    /// Whether its files are made by the stand-in publisher: the publication's checksums do not hold for them, and
    /// no redirect may lead from there to the publisher.
    pub is_stand_in: bool,
    /// Where its files are.
    pub location: Location,
}

/// Where the files of a source are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// At the publisher's own addresses, as declared.
    Publisher,
    /// In a folder laid out by the publisher's paths.
    Folder(PathBuf),
    /// At another address laid out by the publisher's paths, which may be plain http since the user named it.
    Mirror(Url),
    /// Nowhere: only what is kept is used, and no socket is opened.
    Nowhere,
}

/// Where one file is.
pub(crate) enum Origin {
    File(PathBuf),
    Address(Url),
}

impl Source {
    /// The checksum that a release must have from here, where it is known beforehand.
    pub(crate) fn declared(&self, release: &Release) -> Option<Sha256> {
        release.sha256.filter(|_| !self.is_stand_in)
    }

    /// The addresses that may be visited for a dataset with these hosts.
    pub(crate) fn allowed(&self, hosts: &BTreeSet<String>) -> Allowed {
        let home = match &self.location {
            Location::Mirror(base) => Some(base.clone()),
            Location::Publisher | Location::Folder(_) | Location::Nowhere => None,
        };
        let hosts = if self.is_stand_in { BTreeSet::new() } else { hosts.clone() };
        Allowed { home, hosts }
    }
}

impl Location {
    /// Where this place has what the publisher has at an address, if it has it; messages call it by its label.
    pub(crate) fn origin(&self, label: &str, url: &str) -> Result<Origin, Error> {
        let declared = Url::parse(url).map_err(|error| unusable(label, url, &error.to_string()))?;
        match self {
            Self::Publisher => Ok(Origin::Address(declared)),
            Self::Folder(folder) => Ok(Origin::File(folder.join(relative_path(label, &declared)?))),
            Self::Mirror(base) => {
                let mut address = base.clone();
                let path = declared.path().trim_start_matches('/');
                address.set_path(&format!("{}/{path}", base.path().trim_end_matches('/')));
                Ok(Origin::Address(address))
            }
            Self::Nowhere => Err(Error::Offline { release: label.to_owned() }),
        }
    }
}

/// The addresses that may be visited.
pub(crate) struct Allowed {
    home: Option<Url>,
    hosts: BTreeSet<String>,
}

impl Allowed {
    /// Whether `address` may be visited: on the mirror's own server, on its host by https, or on a declared host by
    /// https at the usual port. A declared host that is this machine itself may do without https: those are tests.
    pub(crate) fn allows(&self, address: &Url) -> bool {
        let is_https = address.scheme() == "https" && address.port().is_none();
        let is_home = self.home.as_ref().is_some_and(|home| {
            let is_same_server = home.scheme() == address.scheme()
                && home.port_or_known_default() == address.port_or_known_default();
            home.host() == address.host() && (is_same_server || is_https)
        });
        let is_declared = address.host_str().is_some_and(|host| self.hosts.contains(host));
        is_home || is_declared && (is_https || (address.scheme() == "http" && is_loopback(address)))
    }
}

/// Says what is wrong with an address, without repeating it.
///
/// # Errors
///
/// What the address lacks, or has too much of.
pub fn check_address(address: &str) -> Result<(), String> {
    Url::parse(address).map(drop).map_err(|error| error.to_string())
}

/// Whether an address is on this machine.
pub(crate) fn is_loopback(address: &Url) -> bool {
    match address.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

fn unusable(label: &str, url: &str, why: &str) -> Error {
    Error::Address { release: label.to_owned(), url: url.to_owned(), why: why.to_owned() }
}

/// The path of an address as one below a folder; refused where it would lead out of the folder.
fn relative_path(label: &str, address: &Url) -> Result<PathBuf, Error> {
    let segments: Option<Vec<String>> =
        address.path_segments().and_then(|segments| segments.map(decoded).collect());
    let is_name = |segment: &String| {
        !["", ".", ".."].contains(&segment.as_str()) && !segment.contains(['/', '\\', '\0'])
    };
    match segments {
        Some(segments) if segments.iter().all(is_name) => Ok(segments.iter().collect()),
        _ => Err(unusable(label, address.as_str(), "has no path that could be a file's")),
    }
}

/// A segment with its `%20` and the like undone, as mirroring tools write it; none where that is not text.
fn decoded(segment: &str) -> Option<String> {
    percent_decode_str(segment).decode_utf8().ok().map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn check(location: Location, is_stand_in: bool, address: &str, expected: bool) {
        let hosts = BTreeSet::from(["files.example.org".to_owned(), "127.0.0.1".to_owned()]);
        let source = Source { name: String::new(), is_stand_in, location };
        assert_eq!(source.allowed(&hosts).allows(&url(address)), expected, "{source:?} {address}");
    }

    #[test]
    fn the_publisher_is_visited_by_https_on_declared_hosts_only() {
        let check = |address, expected| check(Location::Publisher, false, address, expected);
        check("https://files.example.org/a.zip", true);
        check("http://127.0.0.1:8080/a.zip", true);
        check("http://files.example.org/a.zip", false);
        check("https://files.example.org:8443/a.zip", false);
        check("https://evil.files.example.org/a.zip", false);
        check("https://files.example.org.evil.net/a.zip", false);
        check("https://files.example.org@evil.net/a.zip", false);
        check("ftp://files.example.org/a.zip", false);
        check("file:///etc/passwd", false);
    }

    #[test]
    fn a_mirror_may_stay_at_home_or_send_to_the_publisher() {
        let mirror = |home| Location::Mirror(url(home));
        let check_http = |address, expected| {
            check(mirror("http://mirror.example.net:8000/nhs/"), false, address, expected);
        };
        check_http("http://mirror.example.net:8000/elsewhere/a.zip", true);
        check_http("https://mirror.example.net/a.zip", true);
        check_http("https://files.example.org/a.zip", true);
        check_http("http://mirror.example.net:22/a.zip", false);
        check_http("http://files.example.org/a.zip", false);
        check(mirror("https://mirror.example.net/"), false, "http://mirror.example.net/a.zip", false);
    }

    #[test]
    fn the_stand_in_never_sends_to_the_publisher() {
        let check = |address, expected| {
            check(Location::Mirror(url("http://127.0.0.1:9000/")), true, address, expected);
        };
        check("http://127.0.0.1:9000/a.zip", true);
        check("http://127.0.0.1:9001/a.zip", false);
        check("https://files.example.org/a.zip", false);
    }

    #[test]
    fn paths_are_the_publishers() {
        let folder = |url: &str| match Location::Folder("mirror".into()).origin("psych 2017-18", url) {
            Ok(Origin::File(path)) => path.display().to_string(),
            Ok(Origin::Address(address)) => address.to_string(),
            Err(error) => error.to_string(),
        };
        assert_eq!(folder("https://x.org/82/2C/a.zip"), "mirror/82/2C/a.zip");
        assert_eq!(folder("https://x.org/a%20b%zz.zip?v=2"), "mirror/a b%zz.zip");
        // The parser itself resolves dots, so they cannot lead out.
        assert_eq!(folder("https://x.org/../../etc/passwd"), "mirror/etc/passwd");
        assert_eq!(folder("https://x.org/%2e%2e/passwd"), "mirror/passwd");
        let refused = |url: &str| {
            format!("the address of psych 2017-18 cannot be used: `{url}` has no path that could be a file's")
        };
        for url in ["https://x.org/", "https://x.org/a//b", "https://x.org/..%2fb", "https://x.org/a%5cb"] {
            assert_eq!(folder(url), refused(url));
        }
        let mirror =
            Location::Mirror(url("http://m.org/nhs")).origin("psych 2017-18", "https://x.org/82/a%20b.zip");
        assert!(
            matches!(mirror, Ok(Origin::Address(found)) if found.as_str() == "http://m.org/nhs/82/a%20b.zip")
        );
    }
}
