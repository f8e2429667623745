/** Attributes, resource and facts of a record; each value leads to records like it. */
import { ActionIcon, Stack, Text, TextInput, Tooltip } from "@mantine/core";
import { IconBan, IconColumnInsertRight, IconFilterPlus } from "@tabler/icons-react";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { CopyButton } from "@/common/CopyButton";
import { type Fact, FactList } from "@/common/FactList";
import { excludeValue, onlyValue } from "@/common/search-bar/query-edits";
import { useFormat } from "@/design/use-format";
import { addColumn } from "../explorer/columns";
import type { LogRecord } from "../logs-api";
import { attributeField, type FlatValue, flatten, isNameable, resourceField } from "./flatten";
import type { RecordActions } from "./RecordPanel";

type RecordValuesProps = RecordActions & { record: LogRecord };

export function RecordValues(props: RecordValuesProps) {
  const { record } = props;
  const { t } = useTranslation("logs");
  const [filter, setFilter] = useState("");
  return (
    <Stack gap="xs">
      <TextInput
        size="xs"
        aria-label={t("record.find")}
        placeholder={t("record.find")}
        value={filter}
        onChange={(event) => setFilter(event.currentTarget.value)}
      />
      <Values
        {...props}
        title={t("record.attributes")}
        values={record.attributes}
        filter={filter}
        fieldOf={attributeField}
      />
      <Values
        {...props}
        title={t("record.resource")}
        values={record.resource}
        filter={filter}
        fieldOf={resourceField}
      />
      <Text component="h3" size="sm" fw={600}>
        {t("record.facts")}
      </Text>
      <Facts record={record} />
    </Stack>
  );
}

interface ValuesProps extends RecordValuesProps {
  title: string;
  values: Record<string, unknown>;
  filter: string;
  fieldOf: (key: string) => string;
}

function Values(props: ValuesProps) {
  const { title, values, filter, fieldOf } = props;
  const { t } = useTranslation("logs");
  const all = useMemo(() => flatten(values), [values]);
  const wanted = filter.trim().toLowerCase();
  const shown = all.filter(({ key, text }) => `${key} ${text}`.toLowerCase().includes(wanted));
  return (
    <section>
      <Text component="h3" size="sm" fw={600} mb={4}>
        {title}
      </Text>
      {shown.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t(all.length === 0 ? "record.no_values" : "record.no_match")}
        </Text>
      ) : (
        <dl className="log-values">
          {shown.map((value) => (
            <div key={value.key}>
              <dt>{value.key}</dt>
              <dd>
                <span className="log-value-text">{value.text}</span>
                <ValueActions {...props} value={value} field={fieldOf(value.key)} />
              </dd>
            </div>
          ))}
        </dl>
      )}
    </section>
  );
}

function ValueActions(props: RecordActions & { value: FlatValue; field: string }) {
  const { value, field, query, columns, onQuery, onColumns } = props;
  const { t } = useTranslation("logs");
  const actions = [
    {
      label: t("record.filter"),
      icon: IconFilterPlus,
      run: () => onQuery(onlyValue(query, field, value.text)),
    },
    {
      label: t("record.exclude"),
      icon: IconBan,
      run: () => onQuery(excludeValue(query, field, value.text)),
    },
    {
      label: t("record.add_column"),
      icon: IconColumnInsertRight,
      run: () => onColumns(addColumn(columns, field)),
    },
  ];
  return (
    <span className="log-value-actions">
      {value.isPlain && isNameable(field)
        ? actions.map(({ label, icon: Icon, run }) => (
            <Tooltip key={label} label={label}>
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={t("record.action_of", { action: label, key: value.key })}
                onClick={run}
              >
                <Icon size={16} />
              </ActionIcon>
            </Tooltip>
          ))
        : null}
      <CopyButton text={value.text} label={t("record.copy_value", { key: value.key })} />
    </span>
  );
}

function Facts({ record }: { record: LogRecord }) {
  const { t } = useTranslation("logs");
  const format = useFormat();
  const facts: (Fact | undefined)[] = [
    [t("record.observed"), format.time(record.observed_time_ms, "millisecond")],
    named(t("record.time_source"), record.time_source),
    [t("record.bytes"), format.bytes(record.record_bytes)],
    named(t("record.scope"), record.scope_name),
    named(t("record.event"), record.event_name),
    named(t("field.trace_id"), record.trace_id),
    named(t("record.span_id"), record.span_id),
    named(t("record.pattern_id"), record.pattern_id),
    named(t("record.body_type"), record.body_type),
  ];
  return <FactList facts={facts.filter((it) => it !== undefined)} />;
}

function named(name: string, value: string | null): Fact | undefined {
  return value === null || value === "" ? undefined : [name, value];
}
