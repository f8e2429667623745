/**
 * Search parameters: how the URL is read and written, and helpers for `validateSearch`.
 * In the URL every value is plain text; a list repeats its name. Absent and empty are the same.
 */

export type RawSearch = Record<string, unknown>;

export function parseSearch(text: string): RawSearch {
  const search: Record<string, string | string[]> = {};
  for (const [name, value] of new URLSearchParams(text)) {
    const earlier = search[name];
    if (earlier === undefined) {
      search[name] = value;
    } else {
      search[name] = [...(Array.isArray(earlier) ? earlier : [earlier]), value];
    }
  }
  return search;
}

export function stringifySearch(search: RawSearch): string {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(search)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      if (item !== undefined && item !== null && item !== "" && item !== false) {
        parameters.append(name, String(item));
      }
    }
  }
  const text = parameters.toString();
  return text === "" ? "" : `?${text}`;
}

export function searchText(value: unknown): string | undefined {
  const first: unknown = Array.isArray(value) ? value[0] : value;
  if (typeof first === "string" && first !== "") {
    return first;
  }
  return typeof first === "number" ? String(first) : undefined;
}

export function searchList(value: unknown): string[] | undefined {
  const items: unknown[] = Array.isArray(value) ? value : [value];
  const texts = items.map(searchText).filter((item) => item !== undefined);
  return texts.length === 0 ? undefined : texts;
}

export function searchNumber(value: unknown): number | undefined {
  const text = searchText(value);
  const number = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(number) ? number : undefined;
}

export function searchFlag(value: unknown): true | undefined {
  return value === true || value === "true" || value === "1" ? true : undefined;
}

export function searchChoice<Choice extends string>(
  value: unknown,
  choices: readonly Choice[],
): Choice | undefined {
  return choices.find((choice) => choice === searchText(value));
}
