/** Chooses the service and both sides: a version, a period, or what a version did in a period. */
import { ActionIcon, Autocomplete, Checkbox, Select, Stack, Text, TextInput } from "@mantine/core";
import { IconArrowsExchange } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchChange } from "@/common/use-search-change";
import { useFormat } from "@/design/use-format";
import { parseWallTime, wallTimeText } from "@/shell/wall-time";
import { overviewQuery, servicesQuery, useAsked } from "../../services/services-api";
import { baseOf, baseSearch, otherOf, otherSearch, type SideAsked } from "../compare-search";

const route = getRouteApi("/shell/deploys/compare");
/** What takes both sides away when another service is chosen. */
const NO_SIDE: SideAsked = { version: undefined, fromMs: undefined, toMs: undefined };

export function SidesForm() {
  const { t } = useTranslation("deploys");
  const search = route.useSearch();
  const change = useSearchChange();
  const { fromMs, toMs } = useAsked();
  const middle = Math.round((fromMs + toMs) / 2);
  const swap = () => change({ ...baseSearch(otherOf(search)), ...otherSearch(baseOf(search)) });
  return (
    <section className="card compare-form" aria-label={t("form.label")}>
      <ServiceChoice />
      <Side
        name={t("side.base")}
        side={baseOf(search)}
        suggested={{ fromMs, toMs: middle }}
        onChange={(side) => change(baseSearch(side))}
      />
      <ActionIcon
        variant="default"
        size={30}
        className="compare-swap"
        aria-label={t("form.swap")}
        title={t("form.swap")}
        onClick={swap}
      >
        <IconArrowsExchange size={16} />
      </ActionIcon>
      <Side
        name={t("side.other")}
        side={otherOf(search)}
        suggested={{ fromMs: middle, toMs }}
        onChange={(side) => change(otherSearch(side))}
      />
    </section>
  );
}

function ServiceChoice() {
  const { t } = useTranslation("deploys");
  const { service } = route.useSearch();
  const change = useSearchChange();
  const { data } = useQuery(servicesQuery(useAsked()));
  const found = (data?.services ?? []).map((row) => row.service).filter((name) => name !== "");
  // A service of a link may have nothing in this time; it stays chosen.
  const names = service === undefined || found.includes(service) ? found : [service, ...found];
  const choose = (next: string | null) => ({
    service: next ?? undefined,
    ...baseSearch(NO_SIDE),
    ...otherSearch(NO_SIDE),
  });
  return (
    <Select
      size="xs"
      label={t("form.service")}
      placeholder={t("form.choose_service")}
      searchable
      data={names}
      value={service ?? null}
      onChange={(next) => change(choose(next))}
      className="compare-service"
    />
  );
}

interface SideProps {
  name: string;
  side: SideAsked;
  suggested: { fromMs: number; toMs: number };
  onChange: (side: SideAsked) => void;
}

function Side({ name, side, suggested, onChange }: SideProps) {
  const { t } = useTranslation("deploys");
  const hasPeriod = side.fromMs !== undefined;
  return (
    <fieldset className="compare-side">
      <legend>{name}</legend>
      <Stack gap={6}>
        <VersionChoice side={side} onChange={onChange} />
        <Checkbox
          size="xs"
          label={t("form.own_period")}
          checked={hasPeriod}
          onChange={(event) =>
            onChange(
              event.currentTarget.checked
                ? { ...side, ...suggested }
                : { ...side, fromMs: undefined, toMs: undefined },
            )
          }
        />
        {side.fromMs === undefined || side.toMs === undefined ? (
          <Text size="xs" c="dimmed">
            {t("form.page_period")}
          </Text>
        ) : (
          <Period
            fromMs={side.fromMs}
            toMs={side.toMs}
            onChange={(period) => onChange({ ...side, ...period })}
          />
        )}
      </Stack>
    </fieldset>
  );
}

/** Versions of the time are proposed; one of another time can be typed. */
function VersionChoice({ side, onChange }: Pick<SideProps, "side" | "onChange">) {
  const { t } = useTranslation("deploys");
  const { service } = route.useSearch();
  const asked = useAsked();
  const { data } = useQuery({
    ...overviewQuery(asked, service ?? ""),
    enabled: service !== undefined,
  });
  const given = side.version ?? "";
  const [text, setText] = useState(given);
  useEffect(() => setText(given), [given]);
  const versions = (data?.versions ?? []).flatMap(({ version }) => version ?? []);
  const choose = (version: string) => {
    if (version !== given) {
      onChange({ ...side, version: version === "" ? undefined : version });
    }
  };
  return (
    <Autocomplete
      size="xs"
      label={t("form.version")}
      placeholder={t("form.any_version")}
      data={[...new Set(versions)]}
      value={text}
      onChange={setText}
      onOptionSubmit={choose}
      onBlur={() => choose(text.trim())}
      onKeyDown={(event) => {
        if (event.key === "Enter") {
          choose(text.trim());
        }
      }}
      disabled={service === undefined}
    />
  );
}

interface PeriodProps {
  fromMs: number;
  toMs: number;
  onChange: (period: { fromMs: number; toMs: number }) => void;
}

function Period({ fromMs, toMs, onChange }: PeriodProps) {
  const { t } = useTranslation();
  const { timeZone } = useFormat().settings;
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  useEffect(() => setFrom(wallTimeText(fromMs, timeZone)), [fromMs, timeZone]);
  useEffect(() => setTo(wallTimeText(toMs, timeZone)), [toMs, timeZone]);
  const [nextFrom, nextTo] = [parseWallTime(from, timeZone), parseWallTime(to, timeZone)];
  const isValid = nextFrom !== undefined && nextTo !== undefined && nextFrom < nextTo;
  const apply = () => {
    if (
      isValid &&
      (from !== wallTimeText(fromMs, timeZone) || to !== wallTimeText(toMs, timeZone))
    ) {
      onChange({ fromMs: nextFrom, toMs: nextTo });
    }
  };
  return (
    <div className="compare-period">
      <TextInput
        type="datetime-local"
        step={1}
        size="xs"
        label={t("time_range.from")}
        value={from}
        onChange={(event) => setFrom(event.currentTarget.value)}
        onBlur={apply}
      />
      <TextInput
        type="datetime-local"
        step={1}
        size="xs"
        label={t("time_range.to")}
        value={to}
        onChange={(event) => setTo(event.currentTarget.value)}
        onBlur={apply}
        error={from === "" || isValid ? null : t("time_range.invalid")}
      />
    </div>
  );
}
