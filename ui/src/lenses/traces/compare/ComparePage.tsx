/** Slow against fast spans: the values that differ, and where the slow ones spend more time. */
import { Group, NumberInput, Stack, Switch, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/common/EmptyState";
import { QueryBoundary } from "@/common/QueryBoundary";
import { searchErrorIn } from "@/common/search-bar/search-error";
import { useSearchChange } from "@/common/use-search-change";
import { useFormat } from "@/design/use-format";
import { NothingFound } from "../NothingFound";
import type { TraceComparison } from "../traces-api";
import { type Asked, compareQuery } from "../traces-api";
import { useTypedParameter } from "../use-typed-parameter";
import { AttributeDifferences } from "./AttributeDifferences";
import { TimeDifferences } from "./TimeDifferences";

const route = getRouteApi("/shell/traces");

interface ComparePageProps {
  asked: Asked;
  onQuery: (query: string) => void;
}

export function ComparePage({ asked, onQuery }: ComparePageProps) {
  const { slow_ms, fast_ms } = route.useSearch();
  const query = useQuery(compareQuery(asked, { slowMs: slow_ms, fastMs: fast_ms }));
  if (searchErrorIn(query.error) !== undefined) {
    return <NothingFound reason="invalid" onQuery={onQuery} />;
  }
  return (
    <Stack gap="md">
      <Thresholds found={query.data} />
      <QueryBoundary
        query={query}
        isEmpty={({ slow, fast }) => slow.spans + fast.spans === 0}
        empty={
          <NothingFound reason={asked.query === "" ? "empty" : "no_match"} onQuery={onQuery} />
        }
      >
        {(found) => (
          <div aria-busy={query.isPlaceholderData}>
            <Comparison asked={asked} found={found} onQuery={onQuery} />
          </div>
        )}
      </QueryBoundary>
    </Stack>
  );
}

/** What is slow and what is fast; empty fields take what the server chose. */
function Thresholds({ found }: { found: TraceComparison | undefined }) {
  const { t } = useTranslation("traces");
  const format = useFormat();
  const { slow_ms, fast_ms } = route.useSearch();
  const [slow, setSlow] = useTypedParameter("slow_ms", String(slow_ms ?? ""));
  const [fast, setFast] = useTypedParameter("fast_ms", String(fast_ms ?? ""));
  const chosen = (ms: number | null | undefined) =>
    ms === null || ms === undefined ? "" : String(Math.round(ms * 1000) / 1000);
  const field = (value: string, set: (text: string) => void) => ({
    size: "xs" as const,
    w: 190,
    suffix: " ms",
    min: 0,
    allowNegative: false,
    thousandSeparator: ",",
    value: value === "" ? "" : Number(value),
    onChange: (next: number | string) => set(String(next)),
  });
  return (
    <Group gap="md" align="flex-end">
      <NumberInput
        label={t("compare.slow_over")}
        placeholder={chosen(found?.slow.over_ms)}
        {...field(slow, setSlow)}
      />
      <NumberInput
        label={t("compare.fast_under")}
        placeholder={chosen(found?.fast.under_ms)}
        {...field(fast, setFast)}
      />
      {found === undefined ? null : (
        <Text size="sm" c="dimmed" maw={620}>
          {t("compare.sides", {
            slow: format.count(found.slow.spans),
            over: format.durationMs(found.slow.over_ms),
            fast: format.count(found.fast.spans),
            under: format.durationMs(found.fast.under_ms),
          })}{" "}
          {found.sampled ? t("compare.sampled") : ""}
        </Text>
      )}
    </Group>
  );
}

function Comparison({ asked, found, onQuery }: ComparePageProps & { found: TraceComparison }) {
  const { t } = useTranslation("traces");
  const { chance } = route.useSearch();
  const change = useSearchChange();
  if (found.slow.spans === 0 || found.fast.spans === 0) {
    return <EmptyState title={t("compare.one_side.title")} text={t("compare.one_side.text")} />;
  }
  /** A method that this page has no name for is told as the server calls it. */
  const methodName = (known: "fisher_exact_two_sided" | "benjamini_hochberg", name: string) =>
    name === known ? t(`compare.methods.${known}`) : name;
  const significant = found.attributes.filter((it) => it.significant);
  const rows = chance === "show" ? found.attributes : significant;
  return (
    <Stack gap="lg">
      <Stack gap="xs">
        <Group justify="space-between" gap="xs">
          <Title order={2} size="h5">
            {t("compare.attributes")}
          </Title>
          <Switch
            size="sm"
            label={t("compare.show_chance")}
            checked={chance === "show"}
            onChange={(event) =>
              change({ chance: event.currentTarget.checked ? "show" : undefined }, true)
            }
          />
        </Group>
        {rows.length === 0 ? (
          <EmptyState title={t("compare.none.title")} text={t("compare.none.text")} />
        ) : (
          <AttributeDifferences rows={rows} query={asked.query} onQuery={onQuery} />
        )}
        <Text size="xs" c="dimmed">
          {t("compare.method", {
            tested: found.tested,
            test: methodName("fisher_exact_two_sided", found.methods.test),
            correction: methodName("benjamini_hochberg", found.methods.correction),
          })}
        </Text>
      </Stack>
      <Stack gap="xs">
        <Title order={2} size="h5">
          {t("compare.time")}
        </Title>
        <Text size="sm" c="dimmed">
          {t("compare.time_text")}
        </Text>
        <TimeDifferences rows={found.time} />
      </Stack>
    </Stack>
  );
}
