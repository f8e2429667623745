/**
 * Texts in Korean and English. An area is a file: `ko/<area>.json` and `en/<area>.json`. Use
 * `const { t } = useTranslation("<area>")`; what several areas share is in `common`. The texts of
 * a lens come with its pages: `lazyPage(load, "<area>")`.
 */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";

export const LANGUAGES = ["ko", "en"] as const;
export type Language = (typeof LANGUAGES)[number];

/** What the shell and the entrance need; everything else would only delay the first paint. */
export const FIRST_AREAS = ["common", "entrance", "search-bar", "settings"];
export type PageArea =
  | "catalog"
  | "cost"
  | "cost-allocation"
  | "cost-containers"
  | "cost-units"
  | "dependencies"
  | "deploys"
  | "errors"
  | "logs"
  | "map"
  | "probes"
  | "query"
  | "send-data"
  | "services"
  | "settings"
  | "system"
  | "traces";

type Texts = { default: Record<string, unknown> };
const files = import.meta.glob<Texts>("./{ko,en}/*.json");
const neededAreas = new Set(FIRST_AREAS);

async function loadNeeded(language: Language): Promise<void> {
  const missing = [...neededAreas].filter((area) => !i18next.hasResourceBundle(language, area));
  await Promise.all(
    missing.map(async (area) => {
      const texts = await files[`./${language}/${area}.json`]?.();
      i18next.addResourceBundle(language, area, texts?.default);
    }),
  );
}

export function currentLanguage(): Language {
  return i18next.language === "ko" ? "ko" : "en";
}

/** To be awaited before a page of the area is drawn, so that it shows no keys. */
export async function loadTexts(area: PageArea): Promise<void> {
  neededAreas.add(area);
  await loadNeeded(currentLanguage());
}

/** Loads the texts first, so that no page shows keys. */
export async function setLanguage(language: Language): Promise<void> {
  await loadNeeded(language);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
}

export async function startI18n(language: Language): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: language,
    resources: {},
    defaultNS: "common",
    fallbackLng: false,
    interpolation: { escapeValue: false },
    react: { useSuspense: false },
  });
  await setLanguage(language);
}
