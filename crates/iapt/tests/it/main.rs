//! The stages, tested through the binary: files in, tables and pages out.

#![expect(clippy::unwrap_used, reason = "a test that cannot set up its world has failed")]

mod answers;
mod bad_input;
mod ci_scripts;
mod command_line;
mod current_geography;
mod declared_files;
mod determinism;
mod dictionary;
mod disclosure;
mod discover;
mod editions;
mod faults;
mod figures;
mod folders;
mod golden;
mod incremental;
mod integrity;
mod main_job;
mod misbehaviour;
mod months;
mod mutations;
mod new_year;
mod not_understood;
mod odd_workbooks;
mod other_files;
mod partial_sources;
mod pathway;
mod provenance;
mod shared_packs;
mod signals;
mod site;
mod sizes;
mod staleness;
mod stated;
mod summary;
mod support;
mod table_mutations;
mod tables;
mod tampering;
mod terminal;
mod therapy_outcomes;
mod volumes;
mod why;
mod year_of_runs;
