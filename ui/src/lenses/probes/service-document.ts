/** The id of the document that allows probes in a service: the same each time for the same name. */

const LENGTH_MAX = 80;
const PLAIN = /^[a-z0-9][a-z0-9._-]*$/;

/** FNV-1a over what the name is made of: enough to tell two names apart that look alike. */
function fingerprint(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  }
  return hash.toString(16).padStart(8, "0");
}

/** Services are one when they differ by case only, as for the server. */
export function serviceDocumentId(service: string): string {
  const name = service.toLowerCase();
  if (PLAIN.test(name) && name.length <= LENGTH_MAX) {
    return name;
  }
  const words = name.match(/[a-z0-9]+/g) ?? ["service"];
  return `${words.join("-").slice(0, LENGTH_MAX)}-${fingerprint(name)}`;
}
