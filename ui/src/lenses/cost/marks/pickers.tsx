/** What amounts count, and in which currency they are shown. */
import { Select, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useSearchChange } from "@/common/use-search-change";
import { useCost } from "../cost-context";
import { FIRST_METRIC, METRICS } from "../cost-search";

/** The currencies that finance asks for even when no bill is in them. */
const USUAL_CURRENCIES = ["KRW", "USD"];
const AUTOMATIC = "automatic";

export function MetricPicker() {
  const { t } = useTranslation("cost");
  const change = useSearchChange();
  const { metric } = useCost();
  return (
    <Select
      className="cost-metric"
      aria-label={t("metric_label")}
      data={METRICS.map((it) => ({ value: it, label: t(`metric.${it}`) }))}
      value={metric}
      onChange={(next) => change({ metric: next === FIRST_METRIC ? undefined : next })}
      comboboxProps={{ width: 320, position: "bottom-start" }}
      maxDropdownHeight={480}
      renderOption={({ option }) => (
        <div>
          <Text size="sm" fw={600}>
            {option.label}
          </Text>
          <Text size="xs" c="dimmed">
            {t(`metric_hint.${option.value}`)}
          </Text>
        </div>
      )}
    />
  );
}

export function CurrencyPicker() {
  const { t } = useTranslation("cost");
  const change = useSearchChange();
  const { currency, currencies } = useCost();
  const known = [...new Set([...currencies, ...USUAL_CURRENCIES, ...(currency ? [currency] : [])])];
  return (
    <Select
      className="cost-currency"
      aria-label={t("currency.label")}
      data={[
        { value: AUTOMATIC, label: t("currency.automatic") },
        ...known.map((it) => ({ value: it, label: it })),
      ]}
      value={currency ?? AUTOMATIC}
      onChange={(next) => change({ currency: next === AUTOMATIC ? undefined : next })}
    />
  );
}
