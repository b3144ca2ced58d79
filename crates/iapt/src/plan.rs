//! `iapt plan`: what would run, and why.

use std::path::Path;

use anyhow::Result;
use iapt_fetch::{Holding, Lock};
use iapt_files::Sha256;
use iapt_model::Release;
use iapt_transform::{Action, Stale};

use crate::{failure::Done, lines::Lines, report, selection::Selected};

pub(crate) fn plan(
    selected: &Selected<'_>,
    out: &Path,
    is_out_named: bool,
    site_address: Option<&str>,
) -> Result<Done> {
    let lock = Lock::read(&selected.snapshots())?;
    let mut wanted: Vec<(&Release, Option<Sha256>)> = Vec::new();
    let mut lines = Lines::new();
    lines.line(format_args!("source {}", selected.source))?;
    for name in &selected.never_met {
        lines.line(format_args!("fetch   leave     {name}: never met; --dataset {name} reads it"))?;
    }
    for release in &selected.releases {
        let is_there = |other: &&Release| other.period == release.period && selected.can_hold(other);
        let is_period_there = selected.releases.iter().any(is_there);
        if !selected.can_hold(release) && selected.passes_over(is_period_there) {
            lines.line(format_args!(
                "fetch   pass over {}: not among the built-in figures",
                release.label()
            ))?;
            continue;
        }
        let (what, sha256) = match lock.holding(&selected.source, release) {
            Holding::Kept(pin) => (format!("keep      {}: fetched", release.label()), Some(pin.sha256)),
            Holding::Gone(pin) => {
                (format!("download  {}: its file is gone", release.label()), Some(pin.sha256))
            }
            Holding::Unknown => (format!("download  {}: not fetched yet", release.label()), None),
        };
        lines.line(format_args!("fetch   {what}"))?;
        wanted.push((release, sha256));
    }
    let kept = |release: &Release| match lock.holding(&selected.source, release) {
        Holding::Kept(pin) => Some(pin.sha256),
        Holding::Gone(_) | Holding::Unknown => None,
    };
    let stale = iapt_transform::stale(&selected.build(), &wanted, &kept)?;
    for Stale { what, why, action } in &stale {
        let action = match action {
            Action::Make | Action::Mend => "make",
            Action::Drop | Action::Lose => "drop",
        };
        lines.line(format_args!("build   {action}      {what}: {why}"))?;
    }
    if stale.is_empty() {
        lines.line("build   keep      tables: up to date")?;
    }
    let other = report::other_source(selected, out).filter(|_| !is_out_named);
    match (other, report::why_stale(selected, out, site_address)?) {
        (Some(source), _) => lines.line(format_args!(
            "report  stop      {}: its pages are of the source `{source}`: name it, or another folder: --out DIR",
            out.display()
        ))?,
        _ if !stale.is_empty() => {
            lines.line(format_args!("report  make      {}: the tables are stale", out.display()))?;
        }
        (None, Some(why)) => lines.line(format_args!("report  make      {}: {why}", out.display()))?,
        (None, None) => lines.line(format_args!("report  keep      {}: up to date", out.display()))?,
    }
    lines.end()?;
    let is_lost = stale.iter().any(|stale| stale.action == Action::Lose);
    Ok(if is_lost { Done::Partly } else { Done::All })
}
