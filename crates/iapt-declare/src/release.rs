//! The release of a new file: what it is, and which of its members is which declared file.

use iapt_archive::Kind;
use iapt_model::{Dataset, KnownHeader, Member, PackFormat, Release};
use iapt_tidy::Published;

use crate::{Error, NewFile, proposal::Said, survey::Looked};

/// The newest release of a period of the same length before the new one.
pub(crate) fn before<'a>(new: &NewFile<'a>) -> Result<&'a Release, Error> {
    let is_like = |release: &&Release| {
        release.period.n_months() == new.period.n_months() && release.period < new.period
    };
    let before = new.dataset.newest_releases().filter(is_like).last();
    before.ok_or_else(|| Error::NothingBefore { dataset: new.dataset.name.clone(), period: new.period })
}

/// The last header of a file that is known before a period.
pub(crate) fn known_header<'a>(
    dataset: &'a Dataset,
    new: &NewFile<'_>,
    file: &str,
) -> Option<&'a KnownHeader> {
    let is_its = |header: &&KnownHeader| header.file == file && header.period < new.period;
    dataset.known_headers.iter().filter(is_its).max_by_key(|header| header.period)
}

/// Members that are declared, by the names that they have in the file: in an archive they may be in a folder.
pub(crate) fn as_published(new: &NewFile<'_>, declared: &[Member]) -> Result<Vec<Member>, Error> {
    let named = |member: &Member| {
        let name = iapt_archive::published_name(new.path, &member.name);
        let name = name.map_err(|source| archive(new, source))?;
        Ok(Member { name, ..member.clone() })
    };
    declared.iter().map(named).collect()
}

/// The members of the file that take the place of those of the release before; one that nothing fits has no name.
pub(crate) fn members(new: &NewFile<'_>, before: &Release, said: &mut Said) -> Result<Vec<Member>, Error> {
    let kind = iapt_archive::kind(new.path).map_err(|source| archive(new, source))?;
    let mut names: Vec<String> = match kind {
        Kind::Plain => vec![new.name.to_owned()],
        _ => iapt_archive::members(new.path)
            .map_err(|source| archive(new, source))?
            .into_iter()
            .map(|entry| entry.name)
            .collect(),
    };
    names.sort();
    let mut members = Vec::new();
    for member in &before.members {
        let known = known_header(new.dataset, new, &member.file);
        let mut best: Option<(usize, &String)> = None;
        let mut n_best = 0;
        for name in &names {
            let candidate = Member { name: name.clone(), ..member.clone() };
            let n_common = known.map_or(0, |known| n_common(new, &candidate, known));
            if n_common > best.map_or(0, |(n, _)| n) {
                (best, n_best) = (Some((n_common, name)), 1);
            } else if best.is_some_and(|(n, _)| n == n_common) {
                n_best += 1;
            }
        }
        let is_half = |n: usize| known.is_some_and(|known| n * 2 >= known.columns.len());
        let name = best.filter(|(n, _)| is_half(*n) && n_best == 1).map(|(_, name)| name.clone());
        if name.is_none() {
            said.blank(format!(
                "no member has the header of `{}`, or several have: it is left blank in releases.toml; the file has {}",
                member.file,
                names.join(", ")
            ));
        }
        members.push(Member { name: name.unwrap_or_default(), ..member.clone() });
    }
    Ok(members)
}

/// How many columns of a known header a member has; 0 where it is not a table.
fn n_common(new: &NewFile<'_>, candidate: &Member, known: &KnownHeader) -> usize {
    let Ok(published) = published(new, candidate) else { return 0 };
    let published_file = new.published_file(candidate);
    let looked = Looked {
        project: new.project,
        dataset: new.dataset,
        published_file,
        member: candidate,
        published: &published,
    };
    let Ok(raw) = looked.raw() else { return 0 };
    raw.header().iter().filter(|column| known.columns.contains(column)).count()
}

/// The bytes of a member, or the workbook that it is a sheet of.
pub(crate) fn published(new: &NewFile<'_>, member: &Member) -> Result<Published, Error> {
    let kind = iapt_archive::kind(new.path).map_err(|source| archive(new, source))?;
    if kind == Kind::Workbook {
        return Ok(Published::Workbook(new.path.to_owned()));
    }
    let bytes = iapt_archive::read_member(new.path, &member.name).map_err(|source| archive(new, source))?;
    Ok(Published::Text(bytes))
}

fn archive(new: &NewFile<'_>, source: iapt_archive::Error) -> Error {
    let release = format!("{} {}", new.dataset.name, new.period);
    Error::Tidy(iapt_tidy::Error::Archive { release, source })
}

/// The entry of `releases.toml`.
pub(crate) fn entry(new: &NewFile<'_>, members: Vec<Member>, said: &mut Said) -> Result<String, Error> {
    let format = match iapt_archive::kind(new.path).map_err(|source| archive(new, source))? {
        Kind::Zip => PackFormat::Zip,
        Kind::Rar => PackFormat::Rar,
        Kind::Workbook => PackFormat::Xlsx,
        Kind::Plain => PackFormat::Csv,
    };
    if new.url.is_empty() {
        said.blank("the address of the file is left blank in releases.toml".to_owned());
    }
    let release = Release {
        dataset: new.dataset.name.clone(),
        period: new.period,
        edition: 1,
        url: new.url.to_owned(),
        format,
        publication_page: new.page.map(str::to_owned),
        sha256: None,
        acknowledged_bytes: Vec::new(),
        acknowledged_rows: Vec::new(),
        members,
        note: None,
    };
    Ok(release.to_toml())
}
