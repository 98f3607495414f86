//! The files of a path: one, or all of a folder.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::document::Source;

const MOST_FILES: usize = 1_000;
const MOST_BYTES: u64 = 64 << 20;
const DEEPEST: usize = 8;

/// Reads a file, or all of a folder whose names end in `.yaml` or `.yml`, by name. What begins with a dot is left out.
///
/// ```
/// # let folder = std::env::temp_dir().join(format!("reliability-doc-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// std::fs::write(folder.join("shop.yaml"), "apiVersion: openslo/v1\nkind: Service\nmetadata: { name: shop }\n")?;
/// let sources = reliability_core::watch::read_files(&folder)?;
/// let (documents, findings) = reliability_core::document::Documents::read(sources);
/// assert_eq!((documents.len(), findings.len()), (1, 0));
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok::<(), std::io::Error>(())
/// ```
///
/// # Errors
/// If one cannot be read, is no UTF-8, or there are more than 1,000 or 64 MiB of them.
pub fn read_files(path: impl AsRef<Path>) -> io::Result<Vec<Source>> {
    let path = path.as_ref();
    let mut names = Vec::new();
    if about(path, fs::metadata(path))?.is_dir() {
        collect(path, 0, &mut names)?;
    } else {
        names.push(path.to_owned());
    }
    let mut bytes = 0;
    let mut sources = Vec::with_capacity(names.len());
    for name in names {
        bytes += about(&name, fs::metadata(&name))?.len();
        if bytes > MOST_BYTES {
            return Err(io::Error::other(format!("{}: more than {MOST_BYTES} bytes of documents", path.display())));
        }
        let text = about(&name, fs::read_to_string(&name))?;
        sources.push(Source::new(name.display().to_string(), text));
    }
    Ok(sources)
}

fn collect(folder: &Path, depth: usize, names: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut entries: Vec<PathBuf> = Vec::new();
    for entry in about(folder, fs::read_dir(folder))? {
        entries.push(about(folder, entry)?.path());
    }
    entries.sort();
    for entry in entries {
        let name = entry.file_name().unwrap_or_default().to_string_lossy();
        if name.starts_with('.') {
            continue;
        }
        // through symbolic links: that is how Kubernetes mounts
        if about(&entry, fs::metadata(&entry))?.is_dir() {
            if depth < DEEPEST {
                collect(&entry, depth + 1, names)?;
            }
        } else if name.ends_with(".yaml") || name.ends_with(".yml") {
            names.push(entry);
        }
        if names.len() > MOST_FILES {
            return Err(io::Error::other(format!("{}: more than {MOST_FILES} files", folder.display())));
        }
    }
    Ok(())
}

/// An error with the path in it.
fn about<T>(path: &Path, result: io::Result<T>) -> io::Result<T> {
    result.map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}
