//! `iapt publish`: the pages and tables as one edition, where readers are, by a program of its own.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::Result;
use iapt_files::without_secrets;

use crate::{
    failure::{Done, Hinted, Said},
    log::Log,
    provenance::provenance,
};

/// Built by itself: the clients of object stores would make DataFusion build again for those who only read.
const PROGRAM: &str = "iapt-publish";

/// What is published, and where: the options of the command.
pub(crate) struct Wanted<'a> {
    pub(crate) to: &'a str,
    pub(crate) data: &'a Path,
    pub(crate) out: &'a Path,
    pub(crate) fewer: bool,
    pub(crate) address: Option<&'a str>,
    pub(crate) sign_key: Option<&'a Path>,
}

/// Publishes the site below `out` and the tables below `data` with the statement of what they were made from, which is signed
/// where there is a key.
pub(crate) async fn publish(wanted: &Wanted<'_>, log: &Log) -> Result<Done> {
    let Wanted { to, data, out, fewer, address, sign_key } = wanted;
    provenance(data, out, log).await?;
    let program = program().ok_or_else(|| Hinted {
        message: format!("`{PROGRAM}` is neither beside this program nor on the PATH"),
        hint: "build it in the checkout: cargo build -p iapt-publish --features stores".to_owned(),
    })?;
    let mut command = Command::new(&program);
    command.arg("--to").arg(to).arg("--data").arg(data).arg("--out").arg(out);
    if *fewer {
        command.arg("--fewer");
    }
    if let Some(address) = address {
        command.arg("--address").arg(address);
    }
    if let Some(file) = sign_key {
        command.arg("--sign-key").arg(file);
    }
    let ran = command.status()?;
    match ran.code().map(u8::try_from) {
        Some(Ok(0)) => Ok(Done::All),
        // It has said why.
        Some(Ok(exit_code)) => Err(Said { exit_code }.into()),
        Some(Err(_)) | None => Err(Hinted {
            message: format!(
                "`{PROGRAM}` was ended ({ran}) before it had finished publishing to `{}`",
                without_secrets(to)
            ),
            hint: "readers see the previous edition or the new one, whole; publish again to finish"
                .to_owned(),
        }
        .into()),
    }
}

/// The program, beside this one or on the PATH.
fn program() -> Option<PathBuf> {
    let name = format!("{PROGRAM}{}", env::consts::EXE_SUFFIX);
    let beside = env::current_exe().ok().and_then(|path| Some(path.parent()?.to_owned()));
    let on_path = env::var_os("PATH").unwrap_or_default();
    let folders = beside.into_iter().chain(env::split_paths(&on_path).collect::<Vec<_>>());
    folders.map(|folder| folder.join(&name)).find(|path| path.is_file())
}
