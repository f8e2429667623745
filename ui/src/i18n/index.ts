/**
 * Texts in Korean and English. A namespace is a file: `ko/<area>.json` and `en/<area>.json`.
 * Use `const { t } = useTranslation("<area>")`; what several areas share is in `common`.
 */
import i18next from "i18next";
import { initReactI18next } from "react-i18next";

export const LANGUAGES = ["ko", "en"] as const;
export type Language = (typeof LANGUAGES)[number];

type Texts = { default: Record<string, unknown> };
const files = import.meta.glob<Texts>("./{ko,en}/*.json");

async function loadLanguage(language: Language): Promise<void> {
  const paths = Object.keys(files).filter((path) => path.startsWith(`./${language}/`));
  await Promise.all(
    paths.map(async (path) => {
      const texts = await files[path]?.();
      const namespace = path.replace(/^.*\/(.+)\.json$/, "$1");
      i18next.addResourceBundle(language, namespace, texts?.default);
    }),
  );
}

export function currentLanguage(): Language {
  return i18next.language === "ko" ? "ko" : "en";
}

/** Loads the texts first, so that no page shows keys. */
export async function setLanguage(language: Language): Promise<void> {
  if (!i18next.hasResourceBundle(language, "common")) {
    await loadLanguage(language);
  }
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
