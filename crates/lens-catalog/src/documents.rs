//! The kind of document that this lens owns.

use crate::definition::faults;
use hannun_ledger::{Kind, Role};

/// What a service is and who answers for it.
pub const SERVICE_DEFINITION: Kind = Kind {
    name: "service-definition",
    title: "Service definition",
    description: "What a service is and who answers for it, as service definitions of Datadog say it.",
    schema: include_str!("../kinds/service-definition.schema.json"),
    edit_role: Role::Editor,
    own_by_user: false,
    check: Some(faults::faults),
};
