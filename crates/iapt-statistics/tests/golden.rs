//! Reproduces the project's golden figures: three years of recovery by organisation and by deprivation.
//!
//! The figures are those of the folder `golden` of the repository, by another program.
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
