//! Documents in a folder of files, for `hannun apply` and for the export that feeds it.

use crate::documents;
use crate::yaml::{self, FileDocument};
use hannun_model::limits::{
    APPLY_DOCUMENTS_MAX, DOCUMENT_FILE_BYTES_MAX, DOCUMENT_FOLDER_DEPTH_MAX,
};
use std::path::{Path, PathBuf};

/// Why a folder could not be read or written. The text names the file, and the place when known.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// The operating system refused.
    #[error("{}: {source}", path.display())]
    Io {
        /// Which file or folder.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The file does not hold documents.
    #[error("{}:{line}:{column}: {message}", path.display())]
    Syntax {
        /// Which file.
        path: PathBuf,
        /// From one; zero when not known.
        line: u64,
        /// From one; zero when not known.
        column: u64,
        /// What is wrong.
        message: String,
    },
    /// More than is read at once, or what must not become a file.
    #[error("{}: {message}", path.display())]
    Refused {
        /// Which file or folder.
        path: PathBuf,
        /// Why, and what to do.
        message: String,
    },
}

impl FileError {
    fn io(path: &Path) -> impl FnOnce(std::io::Error) -> Self {
        move |source| Self::Io { path: path.to_owned(), source }
    }

    fn refused(path: &Path, message: impl Into<String>) -> Self {
        Self::Refused { path: path.to_owned(), message: message.into() }
    }
}

/// The documents of all `*.yaml`, `*.yml` and `*.json` files in a folder and its folders, in the
/// order of their paths. Names that begin with a dot are passed over.
pub fn read_folder(path: &Path) -> Result<Vec<FileDocument>, FileError> {
    let mut documents = Vec::new();
    for file in find_files(path, 0)? {
        documents.extend(read_file(&file)?);
        if documents.len() > APPLY_DOCUMENTS_MAX {
            let message = format!("more than {APPLY_DOCUMENTS_MAX} documents, use smaller folders");
            return Err(FileError::refused(path, message));
        }
    }
    Ok(documents)
}

/// Writes each document to `<kind>/<id>.yaml`. Other files are left alone.
pub fn write_folder(path: &Path, documents: &[FileDocument]) -> Result<(), FileError> {
    for document in documents {
        // Both become part of a path.
        for name in [&document.kind, &document.id] {
            if let Some(fault) = documents::id_fault(name) {
                return Err(FileError::refused(path, format!("`{name}`: {fault}")));
            }
        }
        let folder = path.join(&document.kind);
        std::fs::create_dir_all(&folder).map_err(FileError::io(&folder))?;
        let file = folder.join(format!("{}.yaml", document.id));
        let text =
            yaml::to_yaml(document).map_err(|fault| FileError::refused(&file, fault.message))?;
        std::fs::write(&file, text).map_err(FileError::io(&file))?;
    }
    Ok(())
}

fn find_files(folder: &Path, depth: usize) -> Result<Vec<PathBuf>, FileError> {
    if depth > DOCUMENT_FOLDER_DEPTH_MAX {
        return Err(FileError::refused(folder, "too many folders inside each other"));
    }
    let mut entries = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(FileError::io(folder))? {
        let entry = entry.map_err(FileError::io(folder))?;
        if !entry.file_name().as_encoded_bytes().starts_with(b".") {
            entries.push(entry.path());
        }
    }
    entries.sort();
    let mut files = Vec::new();
    for path in entries {
        if std::fs::metadata(&path).map_err(FileError::io(&path))?.is_dir() {
            files.extend(find_files(&path, depth + 1)?);
        } else if path.extension().is_some_and(|it| it == "yaml" || it == "yml" || it == "json") {
            files.push(path);
        }
    }
    Ok(files)
}

fn read_file(path: &Path) -> Result<Vec<FileDocument>, FileError> {
    let bytes = std::fs::metadata(path).map_err(FileError::io(path))?.len();
    if bytes > DOCUMENT_FILE_BYTES_MAX {
        let message = format!("larger than {DOCUMENT_FILE_BYTES_MAX} bytes, split it");
        return Err(FileError::refused(path, message));
    }
    let text = std::fs::read_to_string(path).map_err(FileError::io(path))?;
    let syntax =
        |line, column, message| FileError::Syntax { path: path.to_owned(), line, column, message };
    if path.extension().is_some_and(|extension| extension == "json") {
        let document = serde_json::from_str(&text).map_err(|error| {
            syntax(error.line() as u64, error.column() as u64, error.to_string())
        })?;
        return Ok(vec![document]);
    }
    yaml::from_yaml(&text).map_err(|fault| syntax(fault.line, fault.column, fault.message))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn document(kind: &str, id: &str, body: serde_json::Value) -> FileDocument {
        FileDocument { kind: kind.to_owned(), id: id.to_owned(), body }
    }

    #[test]
    fn what_is_written_is_read_back_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let documents = [
            document("display-settings", "organization", json!({"language": "ko"})),
            document("saved-view", "a.b-c_1", json!({"title": "no", "y": ["1.0", ""], "n": 1.0})),
            document("saved-view", "b", json!({"title": "느린\n주문\n"})),
        ];
        write_folder(folder.path(), &documents).unwrap();
        assert!(folder.path().join("saved-view/a.b-c_1.yaml").exists());
        assert_eq!(read_folder(folder.path()).unwrap(), documents);
        let first = std::fs::read(folder.path().join("saved-view/b.yaml")).unwrap();
        write_folder(folder.path(), &documents).unwrap();
        assert_eq!(std::fs::read(folder.path().join("saved-view/b.yaml")).unwrap(), first);
    }

    #[test]
    fn folders_are_read_to_the_ground_and_other_files_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, text: &str| {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        put(
            "b/c/one.yml",
            "kind: saved-view\nid: two\nbody: {}\n---\nkind: saved-view\nid: three\nbody: {}\n",
        );
        put("a.json", "{\"kind\": \"saved-view\", \"id\": \"one\", \"body\": {\"title\": \"x\"}}");
        put("README.md", "not a document");
        put(".git/x.yaml", "not: a document");
        let ids: Vec<_> =
            read_folder(folder.path()).unwrap().into_iter().map(|document| document.id).collect();
        assert_eq!(ids, ["one", "two", "three"]);
    }

    #[test]
    fn a_fault_names_file_line_and_column() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.yaml"), "kind: a\nid: b\nbodi: {}\n").unwrap();
        let message = read_folder(folder.path()).unwrap_err().to_string();
        assert!(message.contains("a.yaml:3:1: "), "{message}");
        std::fs::remove_file(folder.path().join("a.yaml")).unwrap();
        std::fs::write(folder.path().join("b.json"), "{\n \"kind\": }").unwrap();
        let message = read_folder(folder.path()).unwrap_err().to_string();
        assert!(message.contains("b.json:2:10: "), "{message}");
    }

    #[test]
    fn a_name_that_would_leave_the_folder_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for (kind, id) in [("saved-view", "../../x"), ("..", "x"), ("saved-view", "/etc/x")] {
            let error = write_folder(folder.path(), &[document(kind, id, json!({}))]).unwrap_err();
            assert!(matches!(error, FileError::Refused { .. }), "{error}");
        }
    }
}
