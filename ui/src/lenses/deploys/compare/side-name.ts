/** What a side of a comparison is called: its version, and its period when it has no version. */
import { useTranslation } from "react-i18next";
import { useFormat } from "@/design/use-format";
import type { ComparisonSide } from "../deploys-api";

export function useSideName(): (side: ComparisonSide, which: "base" | "other") => string {
  const { t } = useTranslation("deploys");
  const format = useFormat();
  return (side, which) =>
    side.version ??
    t(`side.period_${which}`, {
      from: format.time(side.from_ms, "minute"),
      to: format.time(side.to_ms, "minute"),
    });
}
