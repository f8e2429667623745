/** Money in any currency that the team set; an unknown one is written after the number. */
import { numberFormat } from "@/design/formatters";
import type { Formats } from "@/design/use-format";

export function moneyText(value: number | null, currency: string, format: Formats): string {
  if (value === null) {
    return "–";
  }
  try {
    return numberFormat(format.settings.language, { style: "currency", currency }).format(value);
  } catch {
    return `${format.number(value)} ${currency}`;
  }
}
