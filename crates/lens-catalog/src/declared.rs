//! What people declared: the documents of kind `service-definition`, by the name the catalog lists.

use crate::definition::{Definition, id};
use crate::documents::SERVICE_DEFINITION;
use hannun_ledger::{Document, Ledger, LedgerError};
use std::collections::BTreeMap;

/// A definition and the document that holds it.
#[derive(Debug, Clone, PartialEq)]
pub struct Declared {
    pub definition: Definition,
    pub document: Document,
}

/// All definitions by the name under which they are listed.
#[derive(Debug, Default)]
pub struct AllDeclared(BTreeMap<String, Declared>);

impl AllDeclared {
    /// Reads them. Of several documents about one thing the one whose id is made of its name counts,
    /// then the latest.
    ///
    /// # Errors
    /// When the ledger cannot be read.
    pub async fn read(ledger: &Ledger) -> Result<Self, LedgerError> {
        Ok(Self::of(ledger.documents(Some(SERVICE_DEFINITION.name), false).await?))
    }

    pub(crate) fn of(documents: Vec<Document>) -> Self {
        let mut all: BTreeMap<String, Declared> = BTreeMap::new();
        for document in documents {
            let definition = Definition::of(&document.body);
            let name = definition.listed_name();
            let declared = Declared { definition, document };
            if all.get(&name).is_none_or(|known| known.rank() <= declared.rank()) {
                all.insert(name, declared);
            }
        }
        Self(all)
    }

    pub fn get(&self, name: &str) -> Option<&Declared> {
        self.0.get(name)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &Declared)> {
        self.0.iter().map(|(name, declared)| (name.as_str(), declared))
    }

    /// The team that owns something.
    pub fn team(&self, name: &str) -> Option<&str> {
        self.get(name)?.definition.team.as_deref()
    }
}

impl Declared {
    fn rank(&self) -> (bool, i64) {
        (self.document.id == id::document_id(&self.definition), self.document.time_ms)
    }
}

#[cfg(test)]
pub(crate) mod testing {
    use super::*;
    use serde_json::Value;

    pub(crate) fn document(id: &str, time_ms: i64, body: Value) -> Document {
        Document {
            kind: SERVICE_DEFINITION.name.to_owned(),
            id: id.to_owned(),
            revision: 1,
            author: "kim".to_owned(),
            time_ms,
            message: None,
            source: None,
            deleted: false,
            body,
        }
    }

    /// Definitions, each in the document whose id is made of its name.
    pub(crate) fn declared(bodies: Vec<Value>) -> AllDeclared {
        let one = |body: Value| document(&id::document_id(&Definition::of(&body)), 1000, body);
        AllDeclared::of(bodies.into_iter().map(one).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::testing::document;
    use super::*;
    use serde_json::json;

    #[test]
    fn one_of_several_documents_about_a_service_counts() {
        let of =
            |team: &str| json!({"schema-version": "v2.2", "dd-service": "order", "team": team});
        let by_name = document("order", 1, of("right"));
        let older = document("a", 2, of("older"));
        let later = document("b", 3, of("later"));
        let all = AllDeclared::of(vec![older.clone(), by_name, later.clone()]);
        assert_eq!((all.team("order"), all.iter().count()), (Some("right"), 1));
        assert_eq!(AllDeclared::of(vec![later, older]).team("order"), Some("later"));
        assert_eq!(all.team("cart"), None);
    }
}
