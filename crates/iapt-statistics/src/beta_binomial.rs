//! Maximum likelihood of the beta-binomial distribution, in (logit of the mean, ln of the concentration).

use crate::{
    error::Error,
    proportion::Proportion,
    shrinkage::{BetaPrior, LN_CONCENTRATION_MAXIMUM},
    special::{digamma_rise, ln_gamma_rise, trigamma_rise},
};

/// Newton needs five to ten from a good start; more means that something is wrong.
const ITERATIONS: u32 = 200;

/// The search ends when neither coordinate moves by more: far inside 1e-6 on the mean and 1e-4 of the concentration.
const TOLERANCE: f64 = 1e-10;

/// Longest step in either coordinate, so that a flat stretch cannot throw the search across its bounds.
const LONGEST_STEP: f64 = 2.0;

/// `-sum [ln B(x + alpha, n - x + beta) - ln B(alpha, beta)]`, each difference formed before rounding.
pub(crate) fn negative_log_likelihood(proportions: &[Proportion], prior: &BetaPrior) -> f64 {
    let (alpha, beta) = (prior.alpha(), prior.beta());
    let term = |proportion: &Proportion| {
        let (events, total) = (proportion.events(), proportion.total());
        ln_gamma_rise(prior.concentration(), total)
            - ln_gamma_rise(alpha, events)
            - ln_gamma_rise(beta, total - events)
    };
    proportions.iter().map(term).sum()
}

/// Finds the prior of greatest likelihood with ln M between 0 and 14.
///
/// Safeguarded Newton: a ridge makes the Hessian positive definite, and a step is halved until the likelihood does not
/// fall. The likelihood can be flat far from its peak, so the search starts at the best of the given prior and 15
/// concentrations across the whole range.
pub(crate) fn maximise(proportions: &[Proportion], start: BetaPrior) -> Result<BetaPrior, Error> {
    let mut point = best_start(proportions, Point::of(start));
    for _ in 0..ITERATIONS {
        let slopes = Slopes::at(proportions, point);
        let next = descend(proportions, point, slopes.newton_step(point));
        let moved = point.distance(next);
        point = next;
        if moved <= TOLERANCE {
            return Ok(point.prior());
        }
    }
    Err(Error::NotConverged { statistic: "beta-binomial prior", iterations: ITERATIONS })
}

/// A prior as the search sees it.
#[derive(Debug, Clone, Copy)]
struct Point {
    logit_mean: f64,
    ln_concentration: f64,
}

impl Point {
    fn of(prior: BetaPrior) -> Self {
        Self {
            logit_mean: (prior.mean() / (1.0 - prior.mean())).ln(),
            ln_concentration: prior.concentration().ln(),
        }
    }

    fn prior(self) -> BetaPrior {
        BetaPrior::bounded(1.0 / (1.0 + (-self.logit_mean).exp()), self.ln_concentration.exp())
    }

    fn moved(self, step: [f64; 2], fraction: f64) -> Self {
        let ln_concentration = self.ln_concentration + fraction * step[1];
        Self {
            logit_mean: self.logit_mean + fraction * step[0],
            ln_concentration: ln_concentration.clamp(0.0, LN_CONCENTRATION_MAXIMUM),
        }
    }

    fn distance(self, other: Self) -> f64 {
        let along_mean = (self.logit_mean - other.logit_mean).abs();
        along_mean.max((self.ln_concentration - other.ln_concentration).abs())
    }

    /// Whether the search would leave the bounds of the concentration by going downhill.
    fn is_held_by_a_bound(self, slope: f64) -> bool {
        (self.ln_concentration <= 0.0 && slope > 0.0)
            || (self.ln_concentration >= LN_CONCENTRATION_MAXIMUM && slope < 0.0)
    }
}

fn best_start(proportions: &[Proportion], given: Point) -> Point {
    let grid =
        (0..=14).map(|ln_concentration| Point { ln_concentration: f64::from(ln_concentration), ..given });
    let value = |point: &Point| negative_log_likelihood(proportions, &point.prior());
    grid.fold((given, value(&given)), |best, point| {
        let found = value(&point);
        if found < best.1 { (point, found) } else { best }
    })
    .0
}

/// Takes as much of a step as does not make the likelihood worse; none, when no part of it does.
fn descend(proportions: &[Proportion], point: Point, step: [f64; 2]) -> Point {
    const HALVINGS: i32 = 40;
    let value = negative_log_likelihood(proportions, &point.prior());
    // A sum of this size carries rounding errors of this size: close to the peak they decide between equals.
    let allowed = value + 1e-13 * value.abs();
    (0..HALVINGS)
        .map(|halvings| point.moved(step, 0.5_f64.powi(halvings)))
        .find(|next| negative_log_likelihood(proportions, &next.prior()) <= allowed)
        .unwrap_or(point)
}

/// First and second derivatives of minus the log-likelihood.
#[derive(Debug, Clone, Copy)]
struct Slopes {
    mean: f64,
    concentration: f64,
    mean_mean: f64,
    mean_concentration: f64,
    concentration_concentration: f64,
}

impl Slopes {
    /// With alpha = M mu, beta = M (1 - mu), the derivatives of alpha are w = M mu (1 - mu) by the logit of mu and
    /// alpha by ln M; those of beta are -w and beta; those of M are 0 and M. The rest is the chain rule.
    fn at(proportions: &[Proportion], point: Point) -> Self {
        let prior = point.prior();
        let (alpha, beta, sum) = (prior.alpha(), prior.beta(), prior.concentration());
        let [mut by_alpha, mut by_beta, mut by_sum] = [0.0; 3];
        let [mut by_alpha_twice, mut by_beta_twice, mut by_sum_twice] = [0.0; 3];
        for proportion in proportions {
            let (events, total) = (proportion.events(), proportion.total());
            by_alpha += digamma_rise(alpha, events);
            by_beta += digamma_rise(beta, total - events);
            by_sum += digamma_rise(sum, total);
            by_alpha_twice += trigamma_rise(alpha, events);
            by_beta_twice += trigamma_rise(beta, total - events);
            by_sum_twice += trigamma_rise(sum, total);
        }
        let width = alpha * (1.0 - prior.mean());
        let along_mean = width * (by_alpha - by_beta);
        let along_concentration = alpha * by_alpha + beta * by_beta - sum * by_sum;
        Self {
            mean: -along_mean,
            concentration: -along_concentration,
            mean_mean: -(along_mean * (1.0 - 2.0 * prior.mean())
                + width * width * (by_alpha_twice + by_beta_twice)),
            mean_concentration: -(along_mean + width * (alpha * by_alpha_twice - beta * by_beta_twice)),
            concentration_concentration: -(along_concentration
                + alpha * alpha * by_alpha_twice
                + beta * beta * by_beta_twice
                - sum * sum * by_sum_twice),
        }
    }

    /// The step to the minimum of the local parabola, in (logit of the mean, ln of the concentration).
    fn newton_step(&self, point: Point) -> [f64; 2] {
        if point.is_held_by_a_bound(self.concentration) {
            return shortened([-self.mean / self.mean_mean.abs(), 0.0]);
        }
        let ridge = self.ridge();
        let mean_mean = self.mean_mean + ridge;
        let concentration_concentration = self.concentration_concentration + ridge;
        let determinant = mean_mean * concentration_concentration - self.mean_concentration.powi(2);
        let step_mean =
            self.mean_concentration * self.concentration - concentration_concentration * self.mean;
        let step_concentration = self.mean_concentration * self.mean - mean_mean * self.concentration;
        shortened([step_mean / determinant, step_concentration / determinant])
    }

    /// What must be added to both second derivatives to make the parabola open upwards: usually nothing.
    fn ridge(&self) -> f64 {
        let half_sum = f64::midpoint(self.mean_mean, self.concentration_concentration);
        let half_difference = 0.5 * (self.mean_mean - self.concentration_concentration);
        let smallest = half_sum - half_difference.hypot(self.mean_concentration);
        let floor = 1e-8 * self.mean_mean.abs().max(self.concentration_concentration.abs());
        if smallest > floor { 0.0 } else { floor - smallest }
    }
}

/// A step in the same direction of at most the longest length; none where the parabola is flat to the last digit.
fn shortened(step: [f64; 2]) -> [f64; 2] {
    if step.iter().any(|along| !along.is_finite()) {
        return [0.0; 2];
    }
    // Both coordinates shrink alike: cutting only the longer one could turn the step uphill.
    let longest = step[0].abs().max(step[1].abs());
    let scale = if longest > LONGEST_STEP { LONGEST_STEP / longest } else { 1.0 };
    step.map(|along| along * scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn organisations() -> Vec<Proportion> {
        [(60.0, 100.0), (35.0, 100.0), (3.0, 5.0), (500.0, 1200.0), (0.0, 12.0)]
            .into_iter()
            .map(|(events, total)| Proportion::new(events, total).expect("proper"))
            .collect()
    }

    fn check(found: f64, expected: f64, what: &str) {
        assert!(
            (found - expected).abs() < 1e-4 * expected.abs().max(1.0),
            "{what}: {found}, expected {expected}"
        );
    }

    #[test]
    fn derivatives_agree_with_differences() {
        let organisations = organisations();
        for (logit_mean, ln_concentration) in [(-0.3, 2.0), (0.8, 0.5), (0.0, 5.0)] {
            let point = Point { logit_mean, ln_concentration };
            let by = |step: [f64; 2], small: f64| point.moved(step, small);
            let value = |point: Point| negative_log_likelihood(&organisations, &point.prior());
            let slope = |step| (value(by(step, 1e-5)) - value(by(step, -1e-5))) / 2e-5;
            let slopes = Slopes::at(&organisations, point);
            check(slopes.mean, slope([1.0, 0.0]), "mean");
            check(slopes.concentration, slope([0.0, 1.0]), "concentration");
            let ahead = |step| Slopes::at(&organisations, by(step, 1e-5));
            let behind = |step| Slopes::at(&organisations, by(step, -1e-5));
            let of_mean = |step| (ahead(step).mean - behind(step).mean) / 2e-5;
            let of_concentration = |step| (ahead(step).concentration - behind(step).concentration) / 2e-5;
            check(slopes.mean_mean, of_mean([1.0, 0.0]), "mean twice");
            check(slopes.mean_concentration, of_mean([0.0, 1.0]), "mean and concentration");
            check(slopes.concentration_concentration, of_concentration([0.0, 1.0]), "concentration twice");
        }
    }

    #[test]
    fn the_start_does_not_matter() {
        let organisations = organisations();
        let from = |mean, concentration| {
            maximise(&organisations, BetaPrior::bounded(mean, concentration)).expect("converges")
        };
        let expected = from(0.4, 10.0);
        for (mean, concentration) in [(0.01, 1.0), (0.99, 1e6), (0.5, 100.0)] {
            let found = from(mean, concentration);
            check(found.mean(), expected.mean(), "mean");
            check(found.concentration() / expected.concentration(), 1.0, "concentration");
        }
    }
}
