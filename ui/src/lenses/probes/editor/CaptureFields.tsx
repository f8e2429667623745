/** What of the running program is kept, how much of it, how often, and what never. */
import { Alert, NumberInput, Stack, Switch, TagsInput, Text } from "@mantine/core";
import { IconEyeExclamation } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { type FormPart, problemAt } from "./form-part";
import { LIMIT_NAMES, type LimitName } from "./probe-form";

/** What clients take when a probe says nothing, and the most that is asked of one. */
const LIMITS: Record<LimitName, { usual: number; min: number; max: number }> = {
  max_depth: { usual: 3, min: 0, max: 6 },
  max_length: { usual: 255, min: 1, max: 8192 },
  max_collection_size: { usual: 100, min: 0, max: 1000 },
  max_fields: { usual: 20, min: 0, max: 200 },
};
/** While a snapshot is taken the process waits. */
const SNAPSHOTS_PER_SECOND_MAX = 25;
const LOGS_PER_SECOND_MAX = 5000;
const REDACT_MAX = 100;

export function CaptureFields(props: FormPart) {
  const { form, change, isEditable } = props;
  const { t } = useTranslation("probes");
  if (form.type !== "log") {
    return null;
  }
  return (
    <Stack gap="sm">
      <Switch
        label={t("field.capture")}
        description={t("field_hint.capture")}
        checked={form.isSnapshot}
        disabled={!isEditable}
        onChange={(event) => change({ isSnapshot: event.currentTarget.checked })}
      />
      <div className="probe-fields">
        <NumberInput
          size="sm"
          label={t("field.per_second")}
          value={form.snapshotsPerSecond}
          min={0}
          max={form.isSnapshot ? SNAPSHOTS_PER_SECOND_MAX : LOGS_PER_SECOND_MAX}
          decimalScale={3}
          readOnly={!isEditable}
          error={problemAt(props, "/snapshots_per_second")}
          onChange={(it) => change({ snapshotsPerSecond: typeof it === "number" ? it : "" })}
        />
        {form.isSnapshot
          ? LIMIT_NAMES.map((name) => (
              <NumberInput
                key={name}
                size="sm"
                label={t(`limit.${name}`)}
                placeholder={String(LIMITS[name].usual)}
                value={form.limits[name]}
                min={LIMITS[name].min}
                max={LIMITS[name].max}
                allowDecimal={false}
                readOnly={!isEditable}
                error={problemAt(props, `/capture/${name}`)}
                onChange={(it) =>
                  change({ limits: { ...form.limits, [name]: typeof it === "number" ? it : "" } })
                }
              />
            ))
          : null}
      </div>
      <TagsInput
        size="sm"
        label={t("field.redact")}
        description={t("field_hint.redact")}
        value={form.redact}
        maxTags={REDACT_MAX}
        readOnly={!isEditable}
        error={problemAt(props, "/redact")}
        onChange={(redact) => change({ redact })}
      />
      <Warning {...props} />
    </Stack>
  );
}

/** In plain words, before anything is captured. */
function Warning({ form }: FormPart) {
  const { t } = useTranslation("probes");
  return (
    <Alert
      color="yellow"
      variant="light"
      icon={<IconEyeExclamation aria-hidden />}
      title={t("captured.title")}
    >
      <Text size="sm">
        {t(form.isSnapshot ? "captured.values" : "captured.message_only")} {t("captured.kept")}
      </Text>
    </Alert>
  );
}
