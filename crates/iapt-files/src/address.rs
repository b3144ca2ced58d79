//! Addresses as they may be shown.

/// An address as it may be written into files and messages: without its user and its query, which may be secrets.
///
/// A text that is not an address is returned as it is.
#[must_use]
pub fn without_secrets(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let rest = rest.split(['?', '#']).next().unwrap_or_default();
    let (host, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    format!("{scheme}://{host}{path}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_of_an_address_are_not_shown() {
        for (address, expected) in [
            ("https://user:secret@x.org:8000/a/b.zip?token=secret#part", "https://x.org:8000/a/b.zip"),
            ("http://secret@x.org", "http://x.org"),
            ("http://x.org?token=secret", "http://x.org"),
            ("http://x.org/a@b/c", "http://x.org/a@b/c"),
            ("file:///etc/passwd", "file:///etc/passwd"),
            ("/mirror/a@b?c", "/mirror/a@b?c"),
            ("nhs", "nhs"),
        ] {
            assert_eq!(without_secrets(address), expected, "{address}");
        }
    }
}
