//! One declared file among the project's own, which are cut short: whatever it says, every problem is told and none is
//! a panic.
#![no_main]

use std::{
    path::{Path, PathBuf},
    sync::LazyLock,
};

use iapt_model::Project;
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

/// Lines of a table that are kept.
const LINES: usize = 20;

struct Declared {
    folder: TempDir,
    /// Every declared file, below the folder, and its text.
    files: Vec<(PathBuf, String)>,
}

static DECLARED: LazyLock<Declared> = LazyLock::new(|| {
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("../pipelines");
    let folder = tempfile::tempdir().expect("a folder for the declared files");
    let mut files = Vec::new();
    copy(&source, &folder.path().join("pipelines"), &mut files);
    Declared { folder, files }
});

fn copy(from: &Path, to: &Path, files: &mut Vec<(PathBuf, String)>) {
    fs_err::create_dir_all(to).expect("a folder");
    for entry in fs_err::read_dir(from).expect("the declared files") {
        let path = entry.expect("a declared file").path();
        let copied = to.join(path.file_name().unwrap_or_default());
        if path.is_dir() {
            copy(&path, &copied, files);
        } else {
            let text = fs_err::read_to_string(&path).expect("a declared file is text");
            let is_table = path.extension().is_some_and(|ending| ending == "csv");
            let n_lines = if is_table { LINES } else { usize::MAX };
            let text: String = text.split_inclusive('\n').take(n_lines).collect();
            fs_err::write(&copied, &text).expect("room for a declared file");
            files.push((copied, text));
        }
    }
}

fuzz_target!(|bytes: &[u8]| {
    // The first line says which file it is.
    let Some(end) = bytes.iter().position(|byte| *byte == b'\n') else { return };
    let (name, bytes) = bytes.split_at(end + 1);
    let Ok(name) = std::str::from_utf8(name) else { return };
    let Declared { folder, files } = &*DECLARED;
    let Some((path, text)) = files.iter().find(|(path, _)| path.ends_with(name.trim_end())) else { return };
    fs_err::write(path, bytes).expect("room for a declared file");
    if let Ok(project) = Project::load(folder.path()) {
        project.datasets.iter().for_each(|dataset| drop(dataset.unclosed_headers()));
    }
    fs_err::write(path, text).expect("room for a declared file");
});
