/** One rule: what all has to hold, and which value a line gets then. */
import { ActionIcon, Button, Group, Select, Text, TextInput } from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { ConditionRow } from "./ConditionRow";
import { DimensionInput } from "./DimensionInput";
import { newCondition, OUTCOMES, type Outcome, type RuleForm } from "./tag-form";

interface RuleCardProps {
  rule: RuleForm;
  index: number;
  isLast: boolean;
  isEditable: boolean;
  dimensions: readonly string[];
  onChange: (rule: RuleForm) => void;
  onMove: (by: 1 | -1) => void;
  onRemove: () => void;
}

export function RuleCard(props: RuleCardProps) {
  const { rule, index, isEditable, dimensions, onChange } = props;
  const { t } = useTranslation("cost-allocation");
  const number = index + 1;
  return (
    <fieldset className="card tag-rule" aria-label={t("rule.label", { number })}>
      <Group justify="space-between" gap="xs">
        <Text fw={600} size="sm">
          {t("rule.label", { number })}
        </Text>
        {isEditable ? <RuleButtons {...props} /> : null}
      </Group>
      {rule.when.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("rule.always")}
        </Text>
      ) : null}
      {rule.when.map((condition) => (
        <ConditionRow
          key={condition.key}
          condition={condition}
          dimensions={dimensions}
          isEditable={isEditable}
          onChange={(next) =>
            onChange({ ...rule, when: rule.when.map((it) => (it === condition ? next : it)) })
          }
          onRemove={() => onChange({ ...rule, when: rule.when.filter((it) => it !== condition) })}
        />
      ))}
      {isEditable ? (
        <Button
          variant="subtle"
          size="compact-sm"
          className="tag-add"
          leftSection={<IconPlus size={14} aria-hidden />}
          onClick={() => onChange({ ...rule, when: [...rule.when, newCondition()] })}
        >
          {t("rule.add_condition")}
        </Button>
      ) : null}
      <OutcomeFields {...props} />
    </fieldset>
  );
}

function RuleButtons({ index, isLast, onMove, onRemove }: RuleCardProps) {
  const { t } = useTranslation("cost-allocation");
  const number = index + 1;
  return (
    <Group gap={4}>
      <ActionIcon
        variant="subtle"
        aria-label={t("rule.up", { number })}
        disabled={index === 0}
        onClick={() => onMove(-1)}
      >
        <IconArrowUp size={16} />
      </ActionIcon>
      <ActionIcon
        variant="subtle"
        aria-label={t("rule.down", { number })}
        disabled={isLast}
        onClick={() => onMove(1)}
      >
        <IconArrowDown size={16} />
      </ActionIcon>
      <ActionIcon
        variant="subtle"
        color="red"
        aria-label={t("rule.remove", { number })}
        onClick={onRemove}
      >
        <IconTrash size={16} />
      </ActionIcon>
    </Group>
  );
}

function OutcomeFields({ rule, isEditable, dimensions, onChange }: RuleCardProps) {
  const { t } = useTranslation("cost-allocation");
  if (rule.other !== undefined) {
    return (
      <Text size="sm" component="code" className="wrap-anywhere">
        {JSON.stringify(rule.other)}
      </Text>
    );
  }
  return (
    <div className="tag-outcome">
      <Select
        label={t("outcome.label")}
        data={OUTCOMES.map((value) => ({ value, label: t(`outcome.${value}`) }))}
        value={rule.outcome}
        allowDeselect={false}
        disabled={!isEditable}
        onChange={(next) =>
          onChange({ ...rule, outcome: (next ?? "set") as Outcome, subject: "", table: "" })
        }
      />
      {rule.outcome === "set" ? (
        <TextInput
          label={t("outcome.value")}
          value={rule.subject}
          readOnly={!isEditable}
          onChange={(event) => onChange({ ...rule, subject: event.currentTarget.value })}
        />
      ) : (
        <DimensionInput
          label={t("outcome.from")}
          dimensions={dimensions}
          value={rule.subject}
          isEditable={isEditable}
          onChange={(subject) => onChange({ ...rule, subject })}
        />
      )}
      {rule.outcome === "map" ? (
        <TextInput
          label={t("outcome.table")}
          value={rule.table}
          readOnly={!isEditable}
          onChange={(event) => onChange({ ...rule, table: event.currentTarget.value })}
        />
      ) : null}
    </div>
  );
}
