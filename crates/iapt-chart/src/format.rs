//! Numbers as text: thousands, percentages and the signs that stand where there is no number.

use std::fmt::Write;

/// A share of at least this many referrals is printed with one decimal, of fewer with none.
pub const ONE_DECIMAL_FROM: f64 = 1000.0;

/// A whole number with commas: `1,376,920`.
#[must_use]
pub fn count(number: f64) -> String {
    with_commas(number, 0)
}

/// A whole number as it is said: `1.78 million` from a million on, with commas below.
#[must_use]
pub fn in_millions(number: f64) -> String {
    if number < 1_000_000.0 { count(number) } else { format!("{} million", fixed(number / 1_000_000.0, 2)) }
}

/// How many decimals a share of so many referrals deserves.
#[must_use]
pub fn percent_decimals(denominator: Option<f64>) -> usize {
    usize::from(denominator.is_some_and(|denominator| denominator >= ONE_DECIMAL_FROM))
}

/// A percentage: `50.5%`.
#[must_use]
pub fn percent(value: f64, decimals: usize) -> String {
    format!("{}%", fixed(value, decimals))
}

/// A share between 0 and 1 as a whole percentage: `16%`, or `under 1%`.
#[must_use]
pub fn share(value: f64) -> String {
    if value > 0.0 && value < 0.01 { "under 1%".to_owned() } else { percent(value * 100.0, 0) }
}

/// A number in the unit of its indicator: percentages with so many decimals, averages always with one, days with their
/// word. A share that is not nothing never reads as nothing, and one that is not all never as all.
#[must_use]
pub fn in_unit(value: f64, unit: &str, decimals: usize) -> String {
    match unit {
        "percent" if value > 0.0 && fixed(value, decimals) == fixed(0.0, decimals) => {
            format!("under {}", if decimals == 0 { "1%" } else { "0.1%" })
        }
        "percent" if value < 100.0 && fixed(value, decimals) == fixed(100.0, decimals) => {
            format!("over {}", if decimals == 0 { "99%" } else { "99.9%" })
        }
        "percent" => percent(value, decimals),
        "days" => match fixed(value, 1).trim_end_matches(".0") {
            "1" => "1 day".to_owned(),
            days => format!("{days} days"),
        },
        _ => fixed(value, 1),
    }
}

/// A number with so many decimals, never a negative zero.
#[must_use]
pub fn fixed(number: f64, decimals: usize) -> String {
    let text = format!("{number:.decimals$}");
    let is_zero = text.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.'));
    if is_zero { text.trim_start_matches('-').to_owned() } else { text }
}

/// A number as downloads print it: a point, no separators, at most four decimals.
#[must_use]
pub fn plain(number: f64) -> String {
    let mut text = String::new();
    push_plain(&mut text, number);
    text
}

/// Adds a number as [`plain`] prints it to a text.
pub fn push_plain(text: &mut String, number: f64) {
    // Downloads have millions of numbers, and the standard library finds every digit of one before it rounds. A whole number
    // of ten-thousandths is printed faster. The product is not exact, so a number that lies near the middle of two of them, or
    // is very large, is left to the library.
    let scaled = number * 1e4;
    let nearest = scaled.round();
    if !(nearest.abs() < 1e12 && (scaled - nearest).abs() < 0.499) {
        let fixed = fixed(number, 4);
        text.push_str(fixed.trim_end_matches('0').trim_end_matches('.'));
        return;
    }
    #[expect(
        clippy::as_conversions,
        clippy::cast_possible_truncation,
        reason = "less than 1e12, as was looked at"
    )]
    let nearest = nearest as i64;
    let (whole, mut rest) = (nearest.unsigned_abs() / 10_000, nearest.unsigned_abs() % 10_000);
    if nearest < 0 {
        text.push('-');
    }
    // To write to a text does not fail.
    let _ = write!(text, "{whole}");
    if rest > 0 {
        let mut n_decimals = 4;
        while rest.is_multiple_of(10) {
            rest /= 10;
            n_decimals -= 1;
        }
        let _ = write!(text, ".{rest:0n_decimals$}");
    }
}

/// A number with commas and so many decimals: `948,640.3`.
#[must_use]
pub fn with_commas(number: f64, decimals: usize) -> String {
    let text = fixed(number, decimals);
    let (whole, point, rest) = match text.split_once('.') {
        Some((whole, rest)) => (whole, ".", rest),
        None => (text.as_str(), "", ""),
    };
    let (sign, digits) = whole.strip_prefix('-').map_or(("", whole), |digits| ("-", digits));
    let mut grouped = sign.to_owned();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    format!("{grouped}{point}{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_commas_before_the_point_only() {
        let check = |number, decimals, expected: &str| assert_eq!(with_commas(number, decimals), expected);
        check(1_376_920.0, 0, "1,376,920");
        check(-8744.0, 0, "-8,744");
        check(948_640.25, 2, "948,640.25");
        check(50.834_842, 2, "50.83");
        check(-0.001, 1, "0.0");
    }

    #[test]
    fn downloads_print_what_the_standard_library_rounds_to() {
        let check = |number: f64| {
            let fixed = fixed(number, 4);
            let expected = fixed.trim_end_matches('0').trim_end_matches('.');
            assert_eq!(plain(number), expected, "{number:?}");
        };
        for number in [0.0, -0.0, 1.0, 10.0, -5.0, 0.1, 0.00005, 0.00015, 0.000_049_999, 2.5, 1e15, f64::MAX]
        {
            for number in [number, -number] {
                check(number);
            }
        }
        // Halves of the last decimal, and their neighbours on both sides.
        for step in 0..40_000_u32 {
            let half = f64::from(step) / 20_000.0 + f64::from(step % 7) * 1e5;
            for number in [half.next_down(), half, half.next_up(), half + 1e-7, -half, half / 3.0] {
                check(number);
            }
        }
        assert_eq!(
            [49.876_54, 1234.5, 0.0305, 1e-9, -1e-9].map(plain),
            ["49.8765", "1234.5", "0.0305", "0", "0"]
        );
    }

    #[test]
    fn counts_have_commas() {
        let texts = [0.0, 5.0, 999.0, 1000.0, 12_345.0, 1_376_920.0, -1234.0, -0.2].map(count);
        assert_eq!(texts, ["0", "5", "999", "1,000", "12,345", "1,376,920", "-1,234", "0"]);
    }

    #[test]
    fn small_denominators_get_no_decimal() {
        let check = |value, denominator, expected: &str| {
            assert_eq!(percent(value, percent_decimals(denominator)), expected);
        };
        check(50.835, Some(517_942.0), "50.8%");
        check(50.835, Some(1000.0), "50.8%");
        check(50.835, Some(999.0), "51%");
        check(50.835, None, "51%");
        check(-0.01, Some(5000.0), "0.0%");
    }

    #[test]
    fn large_numbers_are_said_in_millions() {
        assert_eq!(
            [999_999.0, 1_000_000.0, 1_775_272.0].map(in_millions),
            ["999,999", "1.00 million", "1.78 million"]
        );
    }

    #[test]
    fn numbers_have_their_unit() {
        let check = |value, unit, decimals, expected: &str| {
            assert_eq!(in_unit(value, unit, decimals), expected, "{value}");
        };
        check(0.0, "percent", 1, "0.0%");
        check(0.049, "percent", 1, "under 0.1%");
        check(0.06, "percent", 1, "0.1%");
        check(0.4, "percent", 0, "under 1%");
        check(-0.01, "percent", 1, "0.0%");
        check(99.97, "percent", 1, "over 99.9%");
        check(99.94, "percent", 1, "99.9%");
        check(99.5, "percent", 0, "over 99%");
        check(100.0, "percent", 1, "100.0%");
        check(100.4, "percent", 1, "100.4%");
        check(1.0, "days", 0, "1 day");
        check(22.0, "days", 0, "22 days");
        check(22.25, "days", 0, "22.2 days");
        check(8.44, "appointments", 0, "8.4");
    }

    #[test]
    fn shares_are_whole_percentages() {
        assert_eq!([0.0, 0.004, 0.163, 1.0].map(share), ["0%", "under 1%", "16%", "100%"]);
    }

    #[test]
    fn downloads_print_plain_numbers() {
        assert_eq!(
            [1_376_920.0, 50.835, 0.0, -3.0, 1.0 / 3.0].map(plain),
            ["1376920", "50.835", "0", "-3", "0.3333"]
        );
    }
}
