/** One condition of a rule: a dimension, how it is compared, and with what. */
import { ActionIcon, Select, TagsInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconX } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { dimensionValuesQuery } from "../cost-api";
import { useCost } from "../cost-context";
import { DimensionInput } from "./DimensionInput";
import { type ConditionForm, OPERATORS, type Operator, takesValues } from "./tag-form";

interface ConditionRowProps {
  condition: ConditionForm;
  dimensions: readonly string[];
  isEditable: boolean;
  onChange: (condition: ConditionForm) => void;
  onRemove: () => void;
}

const TYPING_MS = 300;

export function ConditionRow(props: ConditionRowProps) {
  const { condition, dimensions, isEditable, onChange, onRemove } = props;
  const { t } = useTranslation("cost-allocation");
  return (
    <div className="tag-condition">
      <DimensionInput
        label={t("condition.dimension")}
        dimensions={dimensions}
        value={condition.dimension}
        isEditable={isEditable}
        onChange={(dimension) => onChange({ ...condition, dimension })}
      />
      <Select
        label={t("condition.operator")}
        data={OPERATORS.map((value) => ({ value, label: t(`operator.${value}`) }))}
        value={condition.operator}
        allowDeselect={false}
        disabled={!isEditable}
        onChange={(next) => onChange({ ...condition, operator: (next ?? "is") as Operator })}
      />
      {takesValues(condition.operator) ? <Values {...props} /> : <span />}
      {isEditable ? (
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={t("condition.remove")}
          onClick={onRemove}
        >
          <IconX size={16} />
        </ActionIcon>
      ) : null}
    </div>
  );
}

/** The values that the bill has are offered, the most expensive first. */
function Values({ condition, isEditable, onChange }: ConditionRowProps) {
  const { t } = useTranslation("cost-allocation");
  const { fromMs, toMs } = useCost().period;
  const [typed, setTyped] = useState("");
  const [query] = useDebouncedValue(typed, TYPING_MS);
  const { dimension } = condition;
  const known = useQuery({
    ...dimensionValuesQuery({ dimension, query, fromMs, toMs }),
    enabled: isEditable && dimension !== "",
    retry: false,
  });
  const offered = known.data?.map(({ value }) => value).filter((value) => value !== null) ?? [];
  return (
    <TagsInput
      label={t("condition.values")}
      data={[...new Set(offered)]}
      value={condition.values}
      readOnly={!isEditable}
      searchValue={typed}
      onSearchChange={setTyped}
      acceptValueOnBlur
      splitChars={[]}
      onChange={(values) => onChange({ ...condition, values })}
    />
  );
}
