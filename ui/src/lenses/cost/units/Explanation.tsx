/** Why the unit cost moved: parts that sum to the change, to the last digit. */
import { Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { compareMoney, moneyNumber } from "@/common/money";
import { CostBoundary } from "../CostBoundary";
import { useCost } from "../cost-context";
import { Money, MoneyChange } from "../marks/Money";
import { dayText, shiftedPeriod } from "../period";
import { explainQuery, type UnitCosts, type UnitExplanation, type UnitPart } from "./units-api";

const PARTS_SHOWN = 12;

interface ExplanationProps {
  units: UnitCosts;
  business: string;
  by: string | undefined;
}

export function Explanation({ units, business, by }: ExplanationProps) {
  const { t } = useTranslation("cost-units");
  const cost = useCost();
  const before = shiftedPeriod(cost.period, -1);
  const query = useQuery(explainQuery(cost, business, by, before));
  return (
    <section>
      <Title order={2} size="h5">
        {t("explain.title", { business })}
      </Title>
      <Text size="sm" c="dimmed" mb="xs">
        {t("explain.text", { from: dayText(before.fromMs), to: dayText(before.toMs - 1) })}
      </Text>
      <CostBoundary query={query}>
        {(explanation) => <Parts explanation={explanation} currency={units.currency} />}
      </CostBoundary>
    </section>
  );
}

function Parts({ explanation, currency }: { explanation: UnitExplanation; currency: string }) {
  const { t } = useTranslation("cost-units");
  const { before, after, parts } = explanation;
  if (before.unit_cost === null || after.unit_cost === null) {
    return <Text size="sm">{t("explain.impossible")}</Text>;
  }
  const sorted = [...parts].sort((a, b) => magnitude(b) - magnitude(a));
  const largest = Math.max(...sorted.map(magnitude), 0);
  return (
    <div className="card unit-parts">
      <p>
        <Money amount={before.unit_cost} currency={currency} /> →{" "}
        <strong>
          <Money amount={after.unit_cost} currency={currency} />
        </strong>{" "}
        <MoneyChange before={before.unit_cost} after={after.unit_cost} currency={currency} />
      </p>
      <ul>
        {sorted.slice(0, PARTS_SHOWN).map((part) => (
          <Part
            key={`${part.kind} ${part.is_others} ${part.key ?? ""}`}
            part={part}
            largest={largest}
            currency={currency}
          />
        ))}
      </ul>
      {sorted.length > PARTS_SHOWN ? (
        <Text size="sm">{t("explain.more", { number: sorted.length - PARTS_SHOWN })}</Text>
      ) : null}
      {explanation.sums_exactly ? (
        <Text size="xs" c="dimmed">
          {t("explain.exact")}
        </Text>
      ) : null}
    </div>
  );
}

function magnitude({ amount }: UnitPart): number {
  return Math.abs(moneyNumber(amount));
}

interface PartProps {
  part: UnitPart;
  largest: number;
  currency: string;
}

function Part({ part, largest, currency }: PartProps) {
  const { t } = useTranslation("cost-units");
  const width = largest === 0 ? 0 : (magnitude(part) / largest) * 100;
  const direction = compareMoney(part.amount, "0");
  return (
    <li title={t(`explain.hint.${part.kind}`)}>
      <span>
        {t(`explain.kind.${part.kind}`)}
        {part.is_others ? ` · ${t("explain.others")}` : part.key === null ? "" : ` · ${part.key}`}
      </span>
      <span className="unit-part-bar" aria-hidden>
        <span data-direction={direction} style={{ width: `${width}%` }} />
      </span>
      <Money amount={part.amount} currency={currency} signed />
    </li>
  );
}
