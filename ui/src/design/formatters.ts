/**
 * Formatters of the browser, kept: to make one takes twenty to a hundred times what one use of it
 * does, and a list that is scrolled uses one for each cell.
 */

/** A page uses a dozen; time zones and currencies that are chosen in turn must not pile up. */
const KEPT_MAX = 100;

/** What `make` gave for the same key; `keyOf` is asked each time, so it has to be quick. */
export function kept<Asked extends readonly unknown[], Formatter>(
  keyOf: (...asked: Asked) => string,
  make: (...asked: Asked) => Formatter,
): (...asked: Asked) => Formatter {
  const made = new Map<string, Formatter>();
  return (...asked) => {
    const key = keyOf(...asked);
    const known = made.get(key);
    if (known !== undefined) {
      return known;
    }
    if (made.size >= KEPT_MAX) {
      made.clear();
    }
    const formatter = make(...asked);
    made.set(key, formatter);
    return formatter;
  };
}

export const numberFormat = kept(
  (language: string, options: Intl.NumberFormatOptions) => `${language} ${JSON.stringify(options)}`,
  (language, options) => new Intl.NumberFormat(language, options),
);
