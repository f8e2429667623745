//! Documents in a folder of files, for `hannun apply` and for the export that feeds it.

use crate::documents;
use crate::error::FieldError;
use crate::located::{self, Located};
use crate::yaml::{self, FileDocument};
use hannun_model::limits::{
    APPLY_DOCUMENTS_MAX, DOCUMENT_FILE_BYTES_MAX, DOCUMENT_FOLDER_DEPTH_MAX,
};
use serde_json::Value;
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

/// A format of others that is read as documents: what a value of it becomes. `None` for what is not
/// of that format.
pub type Foreign = fn(&Value) -> Option<Converted>;

/// A document that was something else, or what is wrong with it.
pub type Converted = Result<FileDocument, Vec<FieldError>>;

/// The documents of one file, or of all `*.yaml`, `*.yml` and `*.json` files in a folder and its
/// folders, in the order of their paths. Names that begin with a dot are passed over. A value that
/// is of a `foreign` format is read as what it becomes.
pub fn read_files(path: &Path, foreign: &[Foreign]) -> Result<Vec<FileDocument>, FileError> {
    let is_folder = std::fs::metadata(path).map_err(FileError::io(path))?.is_dir();
    let files = if is_folder { find_files(path, 0)? } else { vec![path.to_owned()] };
    let mut documents = Vec::new();
    for file in files {
        documents.extend(read_file(&file, foreign)?);
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

fn read_file(path: &Path, foreign: &[Foreign]) -> Result<Vec<FileDocument>, FileError> {
    let bytes = std::fs::metadata(path).map_err(FileError::io(path))?.len();
    if bytes > DOCUMENT_FILE_BYTES_MAX {
        let message = format!("larger than {DOCUMENT_FILE_BYTES_MAX} bytes, split it");
        return Err(FileError::refused(path, message));
    }
    let text = std::fs::read_to_string(path).map_err(FileError::io(path))?;
    let syntax =
        |line, column, message| FileError::Syntax { path: path.to_owned(), line, column, message };
    if let Some(documents) = read_foreign(&text, foreign) {
        return documents.map_err(|(line, message)| syntax(line, 1, message));
    }
    if path.extension().is_some_and(|extension| extension == "json") {
        let document = serde_json::from_str(&text).map_err(|error| {
            syntax(error.line() as u64, error.column() as u64, error.to_string())
        })?;
        return Ok(vec![document]);
    }
    yaml::from_yaml(&text).map_err(|fault| syntax(fault.line, fault.column, fault.message))
}

/// The documents of a text in which there is a foreign one, or the line of the first fault and what
/// is wrong; `None` when all of the text is ours or no YAML at all.
fn read_foreign(
    text: &str,
    foreign: &[Foreign],
) -> Option<Result<Vec<FileDocument>, (u64, String)>> {
    let found = located::located(text).ok()?;
    let converted: Vec<Option<Converted>> = found
        .iter()
        .map(|document| foreign.iter().find_map(|convert| convert(&document.value)))
        .collect();
    if converted.iter().all(Option::is_none) {
        return None;
    }
    let read = |(document, converted): (&Located, Option<Converted>)| match converted {
        Some(converted) => converted.map_err(|faults| told(document, &faults)),
        None => serde_json::from_value(document.value.clone())
            .map_err(|error| (document.line("").unwrap_or(0), error.to_string())),
    };
    Some(found.iter().zip(converted).map(read).collect())
}

/// The first of the faults, with its line, and all of them as one text.
fn told(document: &Located, faults: &[FieldError]) -> (u64, String) {
    let line = |fault: &FieldError| document.line(&fault.path).unwrap_or(0);
    let first = faults.first().map_or(0, line);
    let one = |fault: &FieldError| match fault.path.as_str() {
        "" => fault.message.clone(),
        path => format!("{path} (line {}): {}", line(fault), fault.message),
    };
    let all: Vec<String> = faults.iter().map(one).collect();
    (first, all.join("; "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn read_folder(path: &Path) -> Result<Vec<FileDocument>, FileError> {
        read_files(path, &[])
    }

    /// Values with a `note` become saved views; an empty note is a fault.
    fn notes(value: &Value) -> Option<Result<FileDocument, Vec<FieldError>>> {
        let note = value.get("note")?.as_str()?;
        if note.is_empty() {
            return Some(Err(vec![FieldError::new("/note", "say something")]));
        }
        Some(Ok(document("saved-view", note, json!({"title": note}))))
    }

    #[test]
    fn one_file_may_hold_ours_and_those_of_others() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("service.yaml");
        std::fs::write(&path, "note: a\n---\nkind: saved-view\nid: b\nbody: {}\n").unwrap();
        let read = read_files(&path, &[notes]).unwrap();
        let expected = [
            document("saved-view", "a", json!({"title": "a"})),
            document("saved-view", "b", json!({})),
        ];
        assert_eq!(read, expected);
        // Without the format the same file is not ours.
        assert!(read_folder(&path).is_err());
        std::fs::write(&path, "kind: saved-view\nid: b\nbody: {}\n---\nmore: 1\nnote: ''\n")
            .unwrap();
        let message = read_files(&path, &[notes]).unwrap_err().to_string();
        assert!(message.ends_with("service.yaml:6:1: /note (line 6): say something"), "{message}");
        std::fs::write(&path, "note: a\n---\nkind: saved-view\nbodi: {}\n").unwrap();
        let message = read_files(&path, &[notes]).unwrap_err().to_string();
        assert!(message.contains("service.yaml:3:1: ") && message.contains("bodi"), "{message}");
        let json = folder.path().join("one.json");
        std::fs::write(&json, "{\"note\": \"c\"}").unwrap();
        assert_eq!(read_files(&json, &[notes]).unwrap()[0].id, "c");
        let missing = read_files(&folder.path().join("nothing.yaml"), &[]).unwrap_err();
        assert!(matches!(missing, FileError::Io { .. }), "{missing}");
    }

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
