/** The language of a service is known from its clients. */
import { knownLanguage, type Language } from "../languages";
import type { ProbeService } from "../probes-api";

export function languageOf(
  services: readonly ProbeService[],
  name: string | undefined,
): Language | undefined {
  const clients = services.find((it) => it.service === name)?.clients ?? [];
  const languages = new Set(clients.map((it) => knownLanguage(it.language)));
  const [only] = languages;
  return languages.size === 1 && only !== undefined ? only : undefined;
}
