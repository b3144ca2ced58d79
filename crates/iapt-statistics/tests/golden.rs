//! Reproduces the project's golden figures: three years of recovery by organisation and by deprivation.
//!
//! The figures lie outside the repository, in `shared/` beside the checkout. Where that folder does not exist the tests
//! say so and pass: the crate carries a dozen of the same figures in its own unit tests.
//!
//! Tolerances: 1e-9 relative for closed forms (and half a unit of the last printed decimal), 1e-7 for exact binomial
//! limits and beta quantiles, 1e-6 for the mean and 1e-4 relative for the concentration fitted by maximum likelihood;
//! classes, ranks and counts exactly.

mod golden {
    pub(crate) mod ledger;
    pub(crate) mod shared;

    mod between_years;
    mod deprivation;
    mod organisations;
    mod regions;
    mod statistics;
}
