//! How likely it is that one published name is another one respelt.

/// From here on two names are near: a letter in five may differ.
pub(crate) const NEAR: f64 = 0.8;

/// How near two names are, from 0 to 1, whatever the case of their letters.
#[must_use]
pub fn likeness(left: &str, right: &str) -> f64 {
    strsim::normalized_damerau_levenshtein(&left.to_lowercase(), &right.to_lowercase())
}

/// Whether two numbers are of one size: neither is more than twice the other.
pub(crate) fn are_alike(left: f64, right: f64) -> bool {
    let (low, high) = if left < right { (left, right) } else { (right, left) };
    low * 2.0 >= high
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_respelling_is_near_and_another_name_is_not() {
        for (left, right, expected) in [
            ("CountReferrals", "Count_Referrals", true),
            ("Count_Referrals", "CountOf_Referrals", true),
            ("Count_Referrals", "COUNT_REFERRALS", true),
            ("Count_FirstTreatment", "Count_AccessingServices", false),
            ("Count_Recovery", "Count_ReliableRecovery", false),
            ("", "a", false),
        ] {
            assert_eq!(likeness(left, right) >= NEAR, expected, "{left} {right}");
        }
    }

    #[test]
    fn numbers_within_a_factor_of_two_are_alike() {
        for (left, right, expected) in
            [(50.0, 51.0, true), (10.0, 20.0, true), (10.0, 20.1, false), (0.0, 0.0, true), (0.0, 1.0, false)]
        {
            assert_eq!(
                (are_alike(left, right), are_alike(right, left)),
                (expected, expected),
                "{left} {right}"
            );
        }
    }
}
