/** Each request at its time and latency; a box over them lists the traces that are in it. */
import { Button, Checkbox, Group, SegmentedControl, Stack, Text } from "@mantine/core";
import { IconListTree } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { EmptyState } from "@/common/EmptyState";
import { QueryBoundary } from "@/common/QueryBoundary";
import { useSearchChange } from "@/common/use-search-change";
import { useFormat } from "@/design/use-format";
import { spansQuery } from "../service-links";
import {
  boxQuery,
  type HitMap,
  type HitsAsked,
  hitsQuery,
  type ServiceOverview,
  useAsked,
} from "../services-api";
import { BoxForm } from "./BoxForm";
import { HitChart } from "./HitChart";
import { HitTable } from "./HitTable";
import { boxRange, boxText, type HitBox, readBox } from "./hit-box";

const route = getRouteApi("/shell/services/$service");

interface HitsTabProps {
  overview: ServiceOverview;
  endpoint: string | undefined;
}

export function HitsTab({ overview, endpoint }: HitsTabProps) {
  const { service } = overview;
  const { t } = useTranslation("services");
  const search = route.useSearch();
  const asked = useAsked();
  const errorsOnly = search.errors === true;
  const box = useMemo(() => readBox(search.box), [search.box]);
  const query = useQuery(hitsQuery(asked, service, { endpoint, errorsOnly }));
  return (
    <Stack gap="md">
      <section className="card" aria-label={t("tab.hits")}>
        <HitControls />
        <QueryBoundary
          query={query}
          isEmpty={({ times_ms }) => times_ms.length === 0}
          empty={<EmptyState title={t("hits.empty")} text={t("empty.text")} />}
        >
          {(hits) => <Chart hits={hits} box={box} />}
        </QueryBoundary>
        <BoxForm key={search.box ?? ""} box={box} />
      </section>
      {box === undefined ? (
        <Text size="sm" c="dimmed">
          {t("hits.choose")}
        </Text>
      ) : (
        <BoxTraces overview={overview} box={box} wanted={{ endpoint, errorsOnly }} />
      )}
    </Stack>
  );
}

function HitControls() {
  const { t } = useTranslation("services");
  const { errors, scale } = route.useSearch();
  const change = useSearchChange();
  return (
    <Group gap="md" mb="xs">
      <SegmentedControl
        size="xs"
        aria-label={t("hits.scale")}
        value={scale ?? "log"}
        onChange={(next) => change({ scale: next === "log" ? undefined : next }, true)}
        data={[
          { value: "log", label: t("hits.log") },
          { value: "linear", label: t("hits.linear") },
        ]}
      />
      <Checkbox
        size="xs"
        label={t("hits.errors_only")}
        checked={errors === true}
        onChange={(event) => change({ errors: event.currentTarget.checked || undefined }, true)}
      />
    </Group>
  );
}

function Chart({ hits, box }: { hits: HitMap; box: HitBox | undefined }) {
  const { t } = useTranslation("services");
  const format = useFormat();
  const { scale } = route.useSearch();
  const asked = useAsked();
  const navigate = useNavigate();
  const change = useSearchChange();
  const failures = hits.failed.filter((it) => it).length;
  const shown = format.count(hits.times_ms.length);
  return (
    <>
      <HitChart
        hits={hits}
        range={asked}
        isLog={scale !== "linear"}
        box={box}
        onBox={(next) => change({ box: boxText(next) })}
        onOpen={(at) => {
          const [traceId, span] = [hits.trace_ids[at] ?? "", hits.span_ids[at]];
          void navigate({
            to: "/traces/$traceId",
            params: { traceId },
            search: { span } as never,
          });
        }}
      />
      <Group gap="lg" mt={4} mb="sm">
        <ul className="hit-legend">
          <li>
            <svg width="12" height="12" aria-hidden="true">
              <circle cx="6" cy="6" r="3" className="hit-ok" />
            </svg>
            {t("hits.ok")}
          </li>
          <li>
            <svg width="12" height="12" aria-hidden="true">
              <path d="M2.5 2.5L9.5 9.5M9.5 2.5L2.5 9.5" className="hit-failed" />
            </svg>
            {t("hits.failed")}
          </li>
        </ul>
        <Text size="xs" c="dimmed">
          {hits.sampled
            ? t("hits.sampled", { shown, total: format.count(hits.total) })
            : t("hits.all", { shown, failures: format.count(failures) })}
        </Text>
      </Group>
    </>
  );
}

interface BoxTracesProps {
  overview: ServiceOverview;
  box: HitBox;
  wanted: HitsAsked;
}

function BoxTraces({ overview, box, wanted }: BoxTracesProps) {
  const { service, has_entry_spans } = overview;
  const { t } = useTranslation("services");
  const asked = useAsked();
  const format = useFormat();
  const range = boxRange(box, asked);
  const { minMs, maxMs } = box;
  const inBox = { ...asked, ...range };
  const query = useQuery(boxQuery(inBox, service, { ...wanted, minMs, maxMs }));
  const requests = has_entry_spans ? "entries" : "roots";
  const traces = spansQuery(service, { requests, failed: wanted.errorsOnly, minMs, maxMs });
  const [from, to] = [String(range.fromMs), String(range.toMs)];
  return (
    <section aria-label={t("hits.list")}>
      <QueryBoundary
        query={query}
        isEmpty={({ times_ms }) => times_ms.length === 0}
        empty={<EmptyState title={t("hits.none_in_box")} />}
      >
        {(hits) => (
          <HitTable
            hits={hits}
            csvName={`${service}-hits`}
            note={
              hits.sampled
                ? t("hits.list_sampled", {
                    shown: format.count(hits.times_ms.length),
                    total: format.count(hits.total),
                  })
                : undefined
            }
          >
            <Button
              component={Link}
              to="/traces"
              search={{ q: traces, from, to } as never}
              variant="default"
              leftSection={<IconListTree size={16} aria-hidden />}
            >
              {t(wanted.endpoint === undefined ? "hits.in_traces" : "hits.in_traces_of_all")}
            </Button>
          </HitTable>
        )}
      </QueryBoundary>
    </section>
  );
}
