/**
 * A definition to begin with, in each version of the schema: what is known of the service is filled
 * in, and what is not stands there as a comment, so that nothing is claimed that nobody said. The
 * schemas are those of https://github.com/DataDog/schema/tree/main/service-catalog
 */
import { type CatalogService, SERVICE } from "../catalog-api";

/** The newest first. */
export const SCHEMA_VERSIONS = ["v3", "v2.2", "v2.1", "v2"] as const;
export type SchemaVersion = (typeof SCHEMA_VERSIONS)[number];

export type Described = Pick<
  CatalogService,
  | "name"
  | "kind"
  | "description"
  | "team"
  | "tier"
  | "lifecycle"
  | "type"
  | "languages"
  | "contacts"
  | "links"
  | "tags"
>;

/** Names of languages in the schema, where telemetry has another. */
const LANGUAGES: Readonly<Record<string, string>> = {
  nodejs: "js",
  javascript: "js",
  webjs: "js",
  cpp: "c++",
};

/** Words that YAML reads as something else than text. */
const NOT_TEXT = /^(?:true|false|yes|no|on|off|y|n|null|~)$/i;
const PLAIN = /^[\p{L}_/][\p{L}\p{N} _./+-]*$/u;

/** Text as a YAML scalar; a JSON string is one too. */
export function scalar(text: string): string {
  const isPlain = PLAIN.test(text) && !NOT_TEXT.test(text) && text === text.trim();
  return isPlain ? text : JSON.stringify(text);
}

/** A whole definition as YAML. */
export function definitionText(version: SchemaVersion, service: Described): string {
  const isThird = version === "v3" || service.kind !== SERVICE;
  const lines = isThird ? thirdVersion(service) : secondVersion(version, service);
  return `${lines.join("\n")}\n`;
}

/** Which of the versions a text is written in; undefined when its lines do not say it. */
export function versionOf(text: string): SchemaVersion | undefined {
  const written = /^(?:schema-version|apiVersion)\s*:\s*\W?(v[\d.]+)/m.exec(text)?.[1];
  return SCHEMA_VERSIONS.find((it) => it === written);
}

/** Only this version is about other things than services. */
function thirdVersion(service: Described): string[] {
  const isService = service.kind === SERVICE;
  const name = isService ? service.name : service.name.slice(service.kind.length + 1);
  const spec = [
    ...field("lifecycle", service.lifecycle, "production"),
    ...field("tier", service.tier, "1"),
    ...field("type", service.type, "web"),
    ...(isService ? texts("languages", languagesOf(service)) : []),
    ...(isService ? comments(["dependsOn:", "  - service:another-service"]) : []),
  ];
  // With nothing but comments below it, it would be read as empty, which the schema refuses.
  const isEmpty = spec.every((line) => line.startsWith("#"));
  return [
    "apiVersion: v3",
    `kind: ${scalar(service.kind)}`,
    "metadata:",
    ...indent([
      `name: ${scalar(name)}`,
      ...field("owner", service.team, "my-team"),
      ...field("description", service.description, "What it does, in a sentence"),
      ...contacts(service),
      ...links(service, true),
      ...texts("tags", service.tags),
    ]),
    ...(isEmpty ? ["# spec:", ...spec.map((line) => `# ${line.replace(/^#/, " ")}`)] : []),
    ...(isEmpty ? [] : ["spec:", ...indent(spec)]),
  ];
}

function secondVersion(version: "v2" | "v2.1" | "v2.2", service: Described): string[] {
  const isFirst = version === "v2";
  const facts = [
    ...field("description", service.description, "What it does, in a sentence"),
    ...field("lifecycle", service.lifecycle, "production"),
    ...field("tier", service.tier, "1"),
  ];
  const runtime = [
    ...field("type", service.type, "web"),
    ...texts("languages", languagesOf(service)),
  ];
  return [
    `schema-version: ${version}`,
    `dd-service: ${scalar(service.name)}`,
    ...field("team", service.team, "my-team"),
    ...(isFirst ? [] : facts),
    ...(version === "v2.2" ? runtime : []),
    ...contacts(service),
    ...links(service, !isFirst),
    ...texts("tags", service.tags),
  ];
}

function indent(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

function comments(lines: readonly string[]): string[] {
  return lines.map((line) => `# ${line}`);
}

function field(name: string, value: string | null, example?: string): string[] {
  if (value === null || value === "") {
    return example === undefined ? [] : comments([`${name}: ${scalar(example)}`]);
  }
  return [`${name}: ${scalar(value)}`];
}

function texts(name: string, values: readonly string[]): string[] {
  return values.length === 0 ? [] : [`${name}:`, ...values.map((it) => `  - ${scalar(it)}`)];
}

/** A list of objects; the first field of each stands behind the dash. */
function objects(name: string, items: readonly (readonly string[])[]): string[] {
  const lines = items.flatMap((fields) =>
    fields.map((line, at) => (at === 0 ? `  - ${line}` : `    ${line}`)),
  );
  return lines.length === 0 ? [] : [`${name}:`, ...lines];
}

function contacts(service: Described): string[] {
  const listed = (known: Described["contacts"]) =>
    objects(
      "contacts",
      known.map(({ name, type, contact }) => [
        ...field("name", name),
        `type: ${scalar(type)}`,
        `contact: ${scalar(contact)}`,
      ]),
    );
  const example = { name: "On call", type: "email", contact: "on-call@example.com" };
  return service.contacts.length === 0 ? comments(listed([example])) : listed(service.contacts);
}

function links(service: Described, hasProvider: boolean): string[] {
  const listed = (known: Described["links"]) =>
    objects(
      "links",
      known.map(({ name, type, url, provider }) => [
        `name: ${scalar(name)}`,
        `type: ${scalar(type)}`,
        ...(hasProvider ? field("provider", provider) : []),
        `url: ${scalar(url)}`,
      ]),
    );
  const url = "https://example.com/my-repository";
  const example = { name: "Source", type: "repo", url, provider: null };
  return service.links.length === 0 ? comments(listed([example])) : listed(service.links);
}

function languagesOf({ languages }: Described): string[] {
  const names = languages.map((it) => it.toLowerCase());
  return [...new Set(names.map((it) => LANGUAGES[it] ?? it))];
}
