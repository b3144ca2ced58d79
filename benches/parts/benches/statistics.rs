//! Every statistic of one indicator over the organisations of one level in one year.

use std::{collections::BTreeMap, hint::black_box};

use criterion::{Criterion, criterion_group, criterion_main};
use iapt_statistics::{
    BetaPrior, Funnel, LimitMethod, Persistence, Proportion, Sorted, Spread, Z_95, Z_998, chi_squared,
    intraclass_correlation, median_rank_interval_width, rank_intervals, wilson,
};

/// As many organisations as there were clinical commissioning groups, as unequal in size.
fn organisations(shift: f64) -> Vec<Proportion> {
    (0..206_u32)
        .map(|index| {
            let index = f64::from(index);
            let total = 5.0 * (20.0 + (index * 37.0) % 1400.0).floor();
            let rate = 0.5 + 0.08 * (index * 1.7 + shift).sin();
            Proportion::new((total * rate / 5.0).floor() * 5.0, total).unwrap()
        })
        .collect()
}

fn everything(
    organisations: &[Proportion],
    by_code: &BTreeMap<usize, Proportion>,
    later: &BTreeMap<usize, Proportion>,
) {
    let rates: Vec<f64> = organisations.iter().map(|own| own.rate()).collect();
    black_box(Spread::of(&Sorted::new(rates).unwrap()).unwrap());
    for own in organisations {
        black_box((wilson(*own, Z_95), wilson(*own, Z_998)));
    }
    let funnel = Funnel::fit(organisations).unwrap();
    for method in LimitMethod::ALL {
        for own in organisations {
            black_box(funnel.classify(method, *own));
        }
    }
    black_box(chi_squared(organisations).unwrap());
    black_box(intraclass_correlation(organisations).unwrap());
    black_box(BetaPrior::by_moments(organisations).unwrap());
    let prior = BetaPrior::by_maximum_likelihood(organisations).unwrap();
    for own in organisations {
        black_box(prior.shrink(*own));
    }
    let ranks = rank_intervals(organisations);
    black_box(median_rank_interval_width(&ranks).unwrap());
    black_box(Persistence::between(by_code, later).unwrap());
}

fn level_year(criterion: &mut Criterion) {
    let (first, second) = (organisations(0.0), organisations(0.3));
    let by_code = |organisations: &[Proportion]| organisations.iter().copied().enumerate().collect();
    let (by_code_first, by_code_second) = (by_code(&first), by_code(&second));
    criterion.bench_function("every statistic of 206 organisations", |bencher| {
        bencher.iter(|| everything(&first, &by_code_first, &by_code_second));
    });
    criterion.bench_function("beta-binomial prior by maximum likelihood", |bencher| {
        bencher.iter(|| black_box(BetaPrior::by_maximum_likelihood(&first).unwrap()));
    });
    criterion.bench_function("rank intervals", |bencher| bencher.iter(|| black_box(rank_intervals(&first))));
}

criterion_group!(benches, level_year);
criterion_main!(benches);
