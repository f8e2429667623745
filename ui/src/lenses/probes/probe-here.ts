/** The address that opens the form of a new probe on a place in code. */
import { searchText } from "@/common/search";
import { knownLanguage } from "./languages";
import { NEW_ID, type ProbesSearch } from "./probe-search";

type Attributes = Readonly<Record<string, unknown>>;

/** By the names of the semantic conventions, the older ones too. */
const FILE_KEYS = ["code.file.path", "code.filepath", "_dd.code_origin.frames.0.file"];
const LINE_KEYS = ["code.line.number", "code.lineno", "_dd.code_origin.frames.0.line"];

function firstOf(attributes: Attributes, keys: readonly string[]): string | undefined {
  return keys.map((key) => searchText(attributes[key])).find((it) => it !== undefined);
}

/** The form of a probe on the line that a span names; undefined when it names none. */
export function probeHereSearch(
  attributes: Attributes,
  resource: Attributes,
  service: string,
): ProbesSearch | undefined {
  const file = firstOf(attributes, FILE_KEYS);
  const line = Number(firstOf(attributes, LINE_KEYS));
  if (file === undefined || !Number.isSafeInteger(line) || line < 1) {
    return undefined;
  }
  const language = knownLanguage(searchText(resource["telemetry.sdk.language"]));
  return { probe: NEW_ID, service, language, file, line };
}
