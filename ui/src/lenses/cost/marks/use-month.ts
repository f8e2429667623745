/** Months of bills, which are in UTC, as people write them: October 2026, 2026년 10월. */
import { useCallback } from "react";
import { kept } from "@/design/formatters";
import { useDisplaySettings } from "@/shell/display-settings";

const monthFormat = kept(
  (language: string) => language,
  (language) =>
    new Intl.DateTimeFormat(language, { year: "numeric", month: "long", timeZone: "UTC" }),
);

export function useMonth(): (timeMs: number) => string {
  const { language } = useDisplaySettings().resolved;
  return useCallback((timeMs) => monthFormat(language).format(timeMs), [language]);
}
