//! Counts as real numbers, and sums in a fixed order.

/// A number of things as a real number.
///
/// Exact up to 2^32 - 1, far more organisations than there are; there is no lossless conversion from `usize`.
pub(crate) fn count(things: usize) -> f64 {
    u32::try_from(things).map_or(f64::INFINITY, f64::from)
}

/// Arithmetic mean, in the unit of the values; not a number when there are none.
pub(crate) fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / count(values.len())
}

/// Sample variance (divisor k - 1), in squared units of the values; not a number when there are fewer than two.
pub(crate) fn sample_variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    let squares = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
    squares / (count(values.len()) - 1.0)
}

/// A ratio, or nothing when its denominator is zero or negative.
pub(crate) fn ratio(numerator: f64, denominator: f64) -> Option<f64> {
    (denominator > 0.0).then(|| numerator / denominator)
}
