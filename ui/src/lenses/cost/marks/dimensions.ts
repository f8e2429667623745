/** What dimensions are called. */
import i18next from "i18next";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";

const KIND_TEXTS: Readonly<Record<string, string>> = {
  tag: "dimension_tag",
  virtual: "dimension_virtual",
  cost_category: "dimension_category",
};

/** In the language of the person: columns of bills by name, tags as tags. */
export function useDimensionText(): (name: string) => string {
  const { t } = useTranslation("cost");
  return useCallback(
    (name) => {
      const [kind = "", rest] = splitName(name);
      if (rest !== undefined) {
        return t(KIND_TEXTS[kind] ?? "dimension_tag", { name: rest });
      }
      const key = `dimension.${name.replaceAll(".", "_")}`;
      return i18next.exists(key, { ns: "cost" }) ? t(key) : plainName(name);
    },
    [t],
  );
}

function splitName(name: string): [string, string | undefined] {
  const [, kind, rest] = /^(tag|virtual|cost_category):(.+)$/s.exec(name) ?? [];
  return kind === undefined ? ["", undefined] : [kind, rest];
}

/** `x_pricing_plan` is `pricing plan`. */
export function plainName(name: string): string {
  return name.replace(/^x_/, "").replaceAll("_", " ");
}

/** A value as people read it; of what has none it is said. */
export function useValueText(): (dimension: string, value: string | null) => string {
  const { t } = useTranslation("cost");
  return useCallback(
    (dimension, value) => {
      if (value === null || value === "") {
        return t("no_value");
      }
      const key = `value.${dimension}.${value}`;
      const isNamed = dimension === "charge" || dimension === "network";
      return isNamed && i18next.exists(key, { ns: "cost" }) ? t(key) : value;
    },
    [t],
  );
}
