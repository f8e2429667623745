/** When a probe fires, and what it writes: a message, a metric or a span. */
import { Select, Stack, TagsInput, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { ExpressionInput } from "./ExpressionInput";
import { type FormPart, problemAt } from "./form-part";
import { hasMoment, METRIC_KINDS, type MetricKind } from "./probe-form";

const NAME_LENGTH_MAX = 150;
const TAGS_MAX = 50;
const METRIC_EXAMPLE = "order.total";

export function WhatFields(props: FormPart) {
  const { form, change, isEditable, problems } = props;
  const { t } = useTranslation("probes");
  const isAtExit = hasMoment(form) && form.evaluateAt === "exit";
  const expression = { language: form.language, isAtExit, isEditable, problems };
  return (
    <Stack gap="sm">
      {form.type === "log" ? (
        <ExpressionInput
          {...expression}
          field="template"
          value={form.template}
          refused={problemAt(props, "/template")}
          onChange={(template) => change({ template })}
        />
      ) : null}
      {form.type === "metric" ? (
        <>
          <MetricFields {...props} />
          <ExpressionInput
            {...expression}
            field="metric_value"
            value={form.metricValue}
            refused={problemAt(props, "/metric/value")}
            onChange={(metricValue) => change({ metricValue })}
          />
        </>
      ) : null}
      <ExpressionInput
        {...expression}
        field="condition"
        value={form.condition}
        refused={problemAt(props, "/condition")}
        onChange={(condition) => change({ condition })}
      />
      <TagsInput
        size="sm"
        label={t("field.tags")}
        description={t("field_hint.tags")}
        value={form.tags}
        maxTags={TAGS_MAX}
        readOnly={!isEditable}
        error={problemAt(props, "/tags")}
        onChange={(tags) => change({ tags })}
      />
    </Stack>
  );
}

function MetricFields(props: FormPart) {
  const { form, change, isEditable } = props;
  const { t } = useTranslation("probes");
  return (
    <div className="probe-fields">
      <TextInput
        label={t("field.metric_name")}
        placeholder={METRIC_EXAMPLE}
        value={form.metricName}
        maxLength={NAME_LENGTH_MAX}
        readOnly={!isEditable}
        spellCheck={false}
        error={problemAt(props, "/metric/name")}
        onChange={(event) => change({ metricName: event.currentTarget.value })}
      />
      <Select
        label={t("field.metric_kind")}
        data={METRIC_KINDS.map((value) => ({ value, label: t(`metric_kind.${value}`) }))}
        value={form.metricKind}
        readOnly={!isEditable}
        onChange={(metricKind) => change({ metricKind: (metricKind ?? "count") as MetricKind })}
      />
    </div>
  );
}
