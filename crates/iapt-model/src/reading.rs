//! What the tables follow from: a change of it makes them stale, and a change of anything else does not.

use std::collections::BTreeMap;

use iapt_files::Sha256;

use crate::{Dataset, Project, ReadFile, Release};

impl Project {
    /// A checksum over all that is declared of how a release is read: rows of its own period, not whole files, so that a new
    /// year or month leaves those before it alone.
    #[must_use]
    pub fn reading(&self, dataset: &Dataset, release: &Release) -> Sha256 {
        // Taken apart in full, so that whoever adds a field says here whether a release is read through it.
        let Self {
            folder: _,
            // Others that read the same pack are asked for their members below.
            datasets: _,
            // The columns and ids below name measures; what is said of those goes into tables of its own.
            measures: _,
            categories,
            breakdowns: _,
            organisations,
            indicators: _,
            unused_measures: _,
            rules: _,
            queries: _,
            claims: _,
            stated: _,
            series_breaks: _,
            tables: _,
            files: _,
            checksums: _,
        } = self;
        let Dataset {
            name,
            title: _,
            publisher,
            licence,
            licence_url: _,
            attribution,
            landing_page: _,
            series_pages: _,
            passed_over: _,
            hosts: _,
            published_within_days: _,
            size_band: _,
            rows_band_percent: _,
            repeats: _,
            is_never_met: _,
            markers,
            disclosure,
            layouts: _,
            releases: _,
            crosswalk,
            measure_ids,
            control_totals,
            known_headers: _,
            figure_sources: _,
            folder: _,
        } = dataset;
        let Release {
            dataset: _,
            period,
            edition,
            url,
            format: _,
            publication_page,
            // The checksum of what was read stands beside this one.
            sha256: _,
            acknowledged_bytes: _,
            acknowledged_rows: _,
            members,
            note: _,
        } = release;
        let of_members = members.iter().map(|member| {
            let file = &member.file;
            let totals = control_totals.iter().filter(|total| total.file == *file && total.period == *period);
            (
                member,
                dataset.layout(file).in_period(*period),
                crosswalk.live(file, *period),
                measure_ids.live(file, *period).iter().collect::<Vec<_>>(),
                totals.collect::<Vec<_>>(),
            )
        });
        let levels: BTreeMap<_, _> = organisations
            .types()
            .map(|org_type| (&org_type.org_type, (&org_type.level, &org_type.sole_org_code)))
            .collect();
        let read = (
            (name, publisher, licence, attribution),
            (period, edition, url, publication_page),
            (markers, disclosure.in_period(*period)),
            (of_members.collect::<Vec<_>>(), self.members_beside(release).collect::<Vec<_>>()),
            (categories.in_period(*period), levels),
        );
        Sha256::of(format!("{read:?}").as_bytes())
    }

    /// A checksum over the declared files that derived tables follow from, beside the partitions: all that were read but
    /// those of single releases.
    #[must_use]
    pub fn derived_from(&self) -> Sha256 {
        self.checksum_of(|file| !file.is_of_releases)
    }

    /// A checksum over every declared file that was read.
    #[must_use]
    pub fn declared(&self) -> Sha256 {
        self.checksum_of(|_| true)
    }

    fn checksum_of(&self, is_meant: impl Fn(&ReadFile) -> bool) -> Sha256 {
        let files = self.files.iter().filter(|(_, file)| is_meant(file));
        let lines: Vec<String> =
            files.map(|(path, file)| format!("{} {}", file.sha256, path.display())).collect();
        Sha256::of(lines.join("\n").as_bytes())
    }
}
