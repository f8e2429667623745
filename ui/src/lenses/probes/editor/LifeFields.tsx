/** How long a probe lives, and whether it waits. */
import { Select, Stack, Switch } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/design/use-format";
import { expiryMs, LIFE_MINUTES } from "../expiry";
import { type FormPart, problemAt } from "./form-part";

const KEEP = "keep";
const MINUTE_MS = 60_000;

export function LifeFields(props: FormPart) {
  const { form, change, isEditable } = props;
  const { t } = useTranslation("probes");
  const format = useFormat();
  const endMs = expiryMs(form.expiresAt);
  const lives = LIFE_MINUTES.map((minutes) => ({
    value: String(minutes),
    label: t("expiry.after", { length: format.durationMs(minutes * MINUTE_MS) }),
  }));
  const kept = { value: KEEP, label: t("expiry.keep", { time: format.time(endMs, "minute") }) };
  return (
    <Stack gap="sm">
      <Select
        maw={320}
        label={t("field.expiry")}
        description={t("field_hint.expiry")}
        data={endMs === undefined ? lives : [kept, ...lives]}
        value={form.lifeMinutes === null ? KEEP : String(form.lifeMinutes)}
        readOnly={!isEditable}
        error={problemAt(props, "/expires_at")}
        onChange={(next) => change({ lifeMinutes: next === KEEP ? null : Number(next) })}
      />
      <Switch
        label={t("field.paused")}
        description={t("field_hint.paused")}
        checked={form.isPaused}
        disabled={!isEditable}
        onChange={(event) => change({ isPaused: event.currentTarget.checked })}
      />
    </Stack>
  );
}
