/** A service of which nothing is known but the name that it will have. */
import { type CatalogService, SERVICE } from "../catalog-api";

/** What is no service has its kind in front of its name; these are the kinds of the schema. */
const KIND = /^(api|application|datastore|frontend|library|queue|system):./;

export function unknownService(name: string): CatalogService {
  return {
    name,
    kind: KIND.exec(name)?.[1] ?? SERVICE,
    display_name: null,
    additional_owners: [],
    application: null,
    document_id: null,
    document_revision: null,
    managed_by: null,
    schema_version: null,
    declared: false,
    seen: false,
    description: null,
    team: null,
    tier: null,
    lifecycle: null,
    type: null,
    languages: [],
    environments: [],
    versions: [],
    contacts: [],
    links: [],
    tags: [],
    figures: null,
    first_seen_ms: null,
    last_seen_ms: null,
    signals: [],
    findings: 0,
  };
}
