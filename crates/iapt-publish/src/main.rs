//! The command `iapt-publish`, also called as `iapt publish`.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use clap::Parser;
use iapt_files::{FolderLock, WholeFolder};
use iapt_proof::SigningKey;
use iapt_publish::{Error, Outcome, Provenance, publish};

/// The variable that may hold the private key itself, so that it need not be in a file.
const KEY_VARIABLE: &str = "IAPT_SIGNING_KEY";

/// Publish pages and tables, as one whole edition, to a folder or an object store.
///
/// Keys, region and endpoint of an object store come from the environment: `AWS_ACCESS_KEY_ID`,
/// `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT`. The provenance statement beside the data is published too, and signed
/// where there is a key. Exit codes: 0 done, 1 failed, 2 usage.
#[derive(Debug, Parser)]
#[command(name = "iapt publish", version, max_term_width = 110)]
struct Arguments {
    /// `file:///folder` or `s3://bucket/prefix`.
    #[arg(long, value_name = "ADDRESS")]
    to: String,
    /// The folder of the data.
    #[arg(long, value_name = "DIR", default_value = "data")]
    data: PathBuf,
    /// The folder of the pages.
    #[arg(long, value_name = "DIR", default_value = "reports/published")]
    out: PathBuf,
    /// Publish even if releases of the previous edition are missing.
    #[arg(long)]
    fewer: bool,
    /// Where readers reach what is put there, such as `https://example.org/data`; the catalogue needs it.
    #[arg(long, value_name = "URL")]
    address: Option<String>,
    /// Sign the provenance statement with this private key (Ed25519, PEM) [default: the key in `IAPT_SIGNING_KEY`, if any].
    #[arg(long, value_name = "FILE")]
    sign_key: Option<PathBuf>,
}

impl Arguments {
    /// The key to sign with. An empty variable is none: a workflow sets to nothing what it has no value for.
    fn key(&self) -> Result<Option<SigningKey>, Error> {
        let (text, what) = match &self.sign_key {
            Some(file) => (fs_err::read_to_string(file)?, format!("`{}`", file.display())),
            // One that is no text is a wrong key and not none.
            None => match std::env::var_os(KEY_VARIABLE).filter(|text| !text.is_empty()) {
                Some(text) => (text.to_string_lossy().into_owned(), format!("the variable {KEY_VARIABLE}")),
                None => return Ok(None),
            },
        };
        SigningKey::from_pem(&text, &what).map(Some).map_err(Error::Proof)
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments).await {
        Ok(Outcome { edition, n_put, n_kept, n_tables }) => {
            eprintln!(
                "publish edition {edition}: {n_put} files put, {n_kept} there already, {n_tables} tables in the catalogue"
            );
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            if let Some(hint) = error.hint() {
                eprintln!("hint: {hint}");
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &Arguments) -> Result<Outcome, Error> {
    let (site, tables) = (arguments.out.join("site"), arguments.data.join("tables"));
    // Nobody replaces the tables or the pages while they are read.
    let holder = format!("`iapt publish`, process {}", std::process::id());
    let _tables_alone = FolderLock::take(&arguments.data, &holder)?;
    let _pages_alone = WholeFolder::at(&arguments.out)?.lock(&holder)?;
    let folders: [(&str, &Path); 2] = [("site", &site), ("tables", &tables)];
    // What is not text is no option of a store.
    let options = std::env::vars_os().filter_map(|(name, value)| {
        let (name, value) = (name.into_string().ok()?, value.into_string().ok()?);
        name.starts_with("AWS_").then(|| (name.to_lowercase(), value))
    });
    let provenance = Provenance::read(&arguments.data, arguments.key()?.as_ref())?;
    let address = arguments.address.as_deref();
    publish(&folders, &provenance, &arguments.to, options, arguments.fewer, address).await
}
