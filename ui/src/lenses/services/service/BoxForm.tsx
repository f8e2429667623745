/** The box of the hit map in numbers: for keyboards, and to say it exactly. */
import { Button, NumberInput, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchChange } from "@/common/use-search-change";
import { useFormat } from "@/design/use-format";
import { parseWallTime, wallTimeText } from "@/shell/wall-time";
import { useAsked } from "../services-api";
import { boxText, type HitBox, readBox } from "./hit-box";

type Bound = string | number;

export function BoxForm({ box }: { box: HitBox | undefined }) {
  const { t } = useTranslation("services");
  const { timeZone } = useFormat().settings;
  const { fromMs, toMs } = useAsked();
  const change = useSearchChange();
  const [from, setFrom] = useState(() => wallTimeText(box?.fromMs ?? fromMs, timeZone));
  const [to, setTo] = useState(() => wallTimeText(box?.toMs ?? toMs, timeZone));
  const [least, setLeast] = useState<Bound>(box?.minMs ?? "");
  const [most, setMost] = useState<Bound>(box?.maxMs ?? "");
  // Seconds are what the input shows: an end that was not touched stays as exact, or as open, as it was.
  const isKept = {
    from: from === wallTimeText(box?.fromMs ?? fromMs, timeZone),
    to: to === wallTimeText(box?.toMs ?? toMs, timeZone),
  };
  const typed = {
    fromMs: isKept.from ? box?.fromMs : parseWallTime(from, timeZone),
    toMs: isKept.to ? box?.toMs : parseWallTime(to, timeZone),
    minMs: least === "" ? undefined : Number(least),
    maxMs: most === "" ? undefined : Number(most),
  };
  // Without any bound the box is all that is drawn.
  const next = boxText(typed) ?? boxText({ fromMs, toMs });
  const isTime =
    (isKept.from || typed.fromMs !== undefined) && (isKept.to || typed.toMs !== undefined);
  const isValid = isTime && readBox(next) !== undefined;
  const apply = (event: FormEvent) => {
    event.preventDefault();
    if (isValid) {
      change({ box: next });
    }
  };
  return (
    <form onSubmit={apply} className="hit-form" aria-label={t("hits.form")}>
      <TextInput
        type="datetime-local"
        step={1}
        size="xs"
        label={t("hits.from")}
        value={from}
        onChange={(event) => setFrom(event.currentTarget.value)}
      />
      <TextInput
        type="datetime-local"
        step={1}
        size="xs"
        label={t("hits.to")}
        value={to}
        onChange={(event) => setTo(event.currentTarget.value)}
      />
      <NumberInput
        size="xs"
        w={120}
        label={t("hits.min_ms")}
        min={0}
        hideControls
        value={least}
        onChange={setLeast}
      />
      <NumberInput
        size="xs"
        w={120}
        label={t("hits.max_ms")}
        min={0}
        hideControls
        value={most}
        onChange={setMost}
        error={isValid ? null : t("hits.invalid")}
      />
      <Button type="submit" disabled={!isValid} h={30}>
        {t("hits.apply")}
      </Button>
      {box === undefined ? null : (
        <Button variant="default" h={30} onClick={() => change({ box: undefined })}>
          {t("hits.clear")}
        </Button>
      )}
    </form>
  );
}
