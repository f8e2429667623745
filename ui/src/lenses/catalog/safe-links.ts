/**
 * Addresses that a definition names. Whoever may write one could otherwise make a link that runs a
 * script in the reader's session, so only pages and mail become links; anything else stays text.
 */

const PAGE_PROTOCOLS = ["http:", "https:"];
/** One mailbox: what follows `?` would fill in a message, and a comma adds further readers. */
const MAILBOX = /^[^\s@<>,;:?&"'%]+@[^\s@<>,;:?&"'%/]+$/;

/** The address of a page; undefined when it is anything but http or https. */
export function pageAddress(text: string): string | undefined {
  const url = parsed(text.trim());
  return url !== undefined && PAGE_PROTOCOLS.includes(url.protocol) ? url.href : undefined;
}

/** Where a contact leads to: a message to a mailbox, or a page such as a Slack channel. */
export function contactAddress(contact: string): string | undefined {
  const text = contact.trim().replace(/^mailto:/i, "");
  return MAILBOX.test(text) ? `mailto:${text}` : pageAddress(text);
}

function parsed(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
