/** The spans of a trace as waterfall, flame view or table, and what the three have in common. */
import {
  ActionIcon,
  Button,
  Group,
  SegmentedControl,
  Switch,
  Text,
  TextInput,
  Tooltip,
} from "@mantine/core";
import { IconChevronDown, IconChevronUp } from "@tabler/icons-react";
import { getRouteApi } from "@tanstack/react-router";
import { type KeyboardEvent, useCallback, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchChange } from "@/common/use-search-change";
import { useFormat } from "@/design/use-format";
import { TRACE_VIEWS, type TraceView } from "../routes";
import { useTypedParameter } from "../use-typed-parameter";
import { FlameView } from "./FlameView";
import { type Found, findSpans, nextFound } from "./find-spans";
import type { LoadedTrace } from "./load-trace";
import { OperationsTable } from "./OperationsTable";
import type { TimeWindow } from "./time-axis";
import { type Revealed, type SpansViewProps, Waterfall } from "./Waterfall";
import { readZoom, zoomText } from "./zoom";

const route = getRouteApi("/shell/traces/$traceId");

interface TraceSpansProps {
  loaded: LoadedTrace;
  colors: ReadonlyMap<string, string>;
  opened: number | undefined;
  onOpen: (row: number | undefined, replace?: boolean) => void;
}

export function TraceSpans({ loaded, colors, opened, onOpen }: TraceSpansProps) {
  const { tree, flame } = loaded;
  const { view = "waterfall", critical, find = "", zoom, sort } = route.useSearch();
  const change = useSearchChange();
  const [revealed, setRevealed] = useState<Revealed | undefined>();
  const all = useMemo(() => ({ fromNs: tree.fromNs, toNs: tree.toNs }), [tree]);
  const shown = useMemo(() => readZoom(zoom, all), [zoom, all]);
  const found = useMemo(() => findSpans(tree, find), [tree, find]);
  const show = useCallback(
    (next: TimeWindow) => change({ zoom: zoomText(next, all) }, true),
    [change, all],
  );
  const props: SpansViewProps = {
    ...{ tree, colors, opened, onOpen, all, shown, onShow: show, found, revealed },
    showsCritical: critical !== "off",
  };
  return (
    <>
      <Toolbar
        view={view}
        found={found}
        revealed={revealed}
        onReveal={setRevealed}
        isZoomed={shown !== all}
        onShowAll={() => show(all)}
      />
      {view === "table" ? (
        <OperationsTable loaded={loaded} sort={sort} onOpen={onOpen} />
      ) : view === "flame" ? (
        <FlameView {...props} layout={flame} />
      ) : (
        <Waterfall {...props} />
      )}
    </>
  );
}

interface ToolbarProps {
  view: TraceView;
  found: Found;
  revealed: Revealed | undefined;
  onReveal: (revealed: Revealed) => void;
  isZoomed: boolean;
  onShowAll: () => void;
}

function Toolbar(props: ToolbarProps) {
  const { view, isZoomed, onShowAll } = props;
  const { t } = useTranslation("traces");
  const { critical } = route.useSearch();
  const change = useSearchChange();
  return (
    <Group gap="sm" mb={8} className="trace-toolbar">
      <SegmentedControl
        size="xs"
        aria-label={t("view.label")}
        value={view}
        onChange={(next) => change({ view: next === "waterfall" ? undefined : next }, true)}
        data={TRACE_VIEWS.map((value) => ({ value, label: t(`view.${value}`) }))}
      />
      {view === "table" ? null : (
        <>
          <Tooltip label={t("critical.hint")} multiline maw={320}>
            <span>
              <Switch
                size="sm"
                label={t("critical.switch")}
                checked={critical !== "off"}
                onChange={(event) =>
                  change({ critical: event.currentTarget.checked ? undefined : "off" }, true)
                }
              />
            </span>
          </Tooltip>
          <FindBox {...props} />
          {isZoomed ? (
            <Button variant="default" size="compact-xs" onClick={onShowAll}>
              {t("waterfall.reset_zoom")}
            </Button>
          ) : null}
        </>
      )}
    </Group>
  );
}

/** Marks spans by service, operation or id, and goes from one to the next. */
function FindBox({ found, revealed, onReveal }: ToolbarProps) {
  const { t } = useTranslation("traces");
  const format = useFormat();
  const { find = "" } = route.useSearch();
  const [text, setText] = useTypedParameter("find", find);
  const go = (by: 1 | -1) => {
    const row = nextFound(found, revealed?.row ?? -1, by);
    if (row !== undefined) {
      onReveal({ row });
    }
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.key === "Enter" && !event.nativeEvent.isComposing) {
      event.preventDefault();
      go(event.shiftKey ? -1 : 1);
    }
  };
  return (
    <Group gap={4} wrap="nowrap">
      <TextInput
        size="xs"
        w={200}
        aria-label={t("find.label")}
        placeholder={t("find.label")}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onKeyDown={onKeyDown}
      />
      {find === "" ? null : (
        <>
          <Text size="xs" className="num" role="status">
            {t("find.count", { number: format.count(found.count) })}
          </Text>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t("find.previous")}
            disabled={found.count === 0}
            onClick={() => go(-1)}
          >
            <IconChevronUp size={16} />
          </ActionIcon>
          <ActionIcon
            variant="subtle"
            color="gray"
            aria-label={t("find.next")}
            disabled={found.count === 0}
            onClick={() => go(1)}
          >
            <IconChevronDown size={16} />
          </ActionIcon>
        </>
      )}
    </Group>
  );
}
