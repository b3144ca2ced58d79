//! Addresses that are declared: what is fetched, and what readers may follow.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// An address that may be printed as a link: https, or http as old pages have it, without a user, at the usual port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebAddress(String);

impl WebAddress {
    /// The address as declared.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for WebAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

impl FromStr for WebAddress {
    type Err = String;

    fn from_str(address: &str) -> Result<Self, Self::Err> {
        let secure = address.strip_prefix("http://").map(|rest| format!("https://{rest}"));
        match host_of(secure.as_deref().unwrap_or(address)) {
            Ok(_) => Ok(Self(address.to_owned())),
            Err(why) => Err(format!("`{address}` {why}")),
        }
    }
}

impl<'de> Deserialize<'de> for WebAddress {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

impl Serialize for WebAddress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

/// The host of an address that may be visited: https, without a user, at the usual port.
pub(crate) fn host_of(address: &str) -> Result<&str, &'static str> {
    let Some(rest) = address.strip_prefix("https://") else { return Err("is not an https address") };
    if address.chars().any(|letter| letter.is_control() || letter.is_whitespace()) {
        return Err("has a blank or a control character in it");
    }
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    if host.contains('@') {
        return Err("names a user");
    }
    if host.contains(':') {
        return Err("names a port");
    }
    if host.is_empty() { Err("has no host") } else { Ok(host) }
}

#[cfg(test)]
mod tests {
    use super::host_of;

    #[test]
    fn an_address_is_one_of_https_on_a_host() {
        for (address, expected) in [
            ("https://files.example.org/a.zip", Ok("files.example.org")),
            ("https://files.example.org?a", Ok("files.example.org")),
            ("http://files.example.org/a.zip", Err("is not an https address")),
            ("javascript:alert(1)", Err("is not an https address")),
            ("https:///a.zip", Err("has no host")),
            ("https://user@files.example.org/a.zip", Err("names a user")),
            ("https://files.example.org:8443/a.zip", Err("names a port")),
            ("https://files.example.org/a b", Err("has a blank or a control character in it")),
        ] {
            assert_eq!(host_of(address), expected, "{address}");
        }
    }
}
