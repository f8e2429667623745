/** Attribute keys as they read in a sentence. */

/** Words that say nothing without the one before them. */
const GENERIC = new Set(["id", "no", "num", "number", "key", "code", "uuid", "ref", "reference"]);

function wordsOf(key: string): string[] {
  return key
    .replaceAll(/([a-z\d])([A-Z])/g, "$1 $2")
    .split(/[\s._:/-]+/)
    .filter((word) => word !== "")
    .map((word) => word.toLowerCase());
}

/**
 * `shop.order.number` reads "order number". `translate` may know a word in another language, and
 * gives back any other as it is.
 */
export function keyName(key: string, translate: (word: string) => string = (it) => it): string {
  const words = wordsOf(key);
  const last = words.at(-1);
  if (last === undefined) {
    return key;
  }
  const shown = GENERIC.has(last) ? words.slice(-2) : [last];
  return shown.map(translate).join(" ");
}
