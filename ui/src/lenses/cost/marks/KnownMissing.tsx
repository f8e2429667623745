/** What an answer would have needed, in the words of the person where there are such. */
import i18next from "i18next";
import { useTranslation } from "react-i18next";
import type { CostMissing } from "../cost-types";
import { MissingInputs } from "./MissingInputs";

export function KnownMissing({ missing }: { missing: readonly CostMissing[] }) {
  const { t } = useTranslation("cost");
  const named = missing.map(({ what, how }) => {
    const key = `missing_what.${what}`;
    return { what: i18next.exists(key, { ns: "cost" }) ? t(key) : what, how };
  });
  return <MissingInputs title={t("missing")} missing={named} />;
}
