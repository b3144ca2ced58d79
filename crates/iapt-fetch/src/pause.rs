//! How long to wait before asking again.

use std::time::Duration;

use crate::Settings;

/// The wait after a failed attempt: twice as long each time, up to a cap, and at least as long as the server asks.
///
/// Between half and all of it, so that many clients that failed together do not come back together; which, is drawn
/// from the address and the attempt, so that a test can repeat it.
pub(crate) fn wait(settings: &Settings, url: &str, attempt: u32, asked: Option<Duration>) -> Duration {
    let doubled = settings.backoff.saturating_mul(2_u32.saturating_pow(attempt.saturating_sub(1)));
    let capped = doubled.min(settings.backoff_cap);
    let jittered = capped.mul_f64(0.5 + 0.5 * fraction(url, attempt));
    jittered.max(asked.unwrap_or_default())
}

/// A number from 0 to 1 that looks random: splitmix64, seeded by FNV-1a over the address.
fn fraction(url: &str, attempt: u32) -> f64 {
    let hash = url.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mut mixed = hash.wrapping_add(u64::from(attempt).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^= mixed >> 31;
    let top = u32::try_from(mixed >> 32).unwrap_or(u32::MAX);
    f64::from(top) / f64::from(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings() -> Settings {
        Settings {
            backoff: Duration::from_secs(1),
            backoff_cap: Duration::from_secs(10),
            ..Settings::DEFAULT
        }
    }

    #[test]
    fn waits_double_up_to_the_cap_with_jitter() {
        for (attempt, whole) in
            [(1, 1.0), (2, 2.0), (3, 4.0), (4, 8.0), (5, 10.0), (40, 10.0), (u32::MAX, 10.0)]
        {
            for url in ["https://x.org/a.zip", "https://x.org/b.zip", ""] {
                let seconds = wait(&settings(), url, attempt, None).as_secs_f64();
                assert!((whole / 2.0..=whole).contains(&seconds), "{attempt} {url}: {seconds}");
                assert_eq!(seconds.to_bits(), wait(&settings(), url, attempt, None).as_secs_f64().to_bits());
            }
        }
        assert_ne!(wait(&settings(), "a", 1, None), wait(&settings(), "b", 1, None));
    }

    #[test]
    fn the_server_is_heeded() {
        let asked = |seconds| wait(&settings(), "a", 1, Some(Duration::from_secs(seconds))).as_secs();
        assert_eq!(asked(0), 0);
        assert_eq!(asked(30), 30);
    }
}
