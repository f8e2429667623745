/** One snapshot: what it said, where the program was, and what was in its variables. */
import { Alert, Anchor, Badge, Button, Group, Stack, Text } from "@mantine/core";
import { IconLogs, IconTimeline } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type Fact, FactList } from "@/common/FactList";
import { fieldTerm } from "@/common/search-bar/query-edits";
import { useFormat } from "@/design/use-format";
import type { ProbeForm } from "../editor/probe-form";
import { type ProbeFrame, type ProbeSnapshot, snapshotKey } from "../probes-api";
import { captureSections, countGaps } from "./captures";
import { probedFrame } from "./frames";
import { ValueTree } from "./ValueTree";

/** Logs of a request are not all at the moment of the snapshot. */
const AROUND_MS = 5 * 60_000;

interface SnapshotViewProps {
  snapshot: ProbeSnapshot;
  probe: ProbeForm | undefined;
}

export function SnapshotView({ snapshot, probe }: SnapshotViewProps) {
  const { t } = useTranslation("probes");
  const sections = useMemo(() => captureSections(snapshot.captures), [snapshot.captures]);
  const gaps = useMemo(() => countGaps(sections), [sections]);
  return (
    <Stack gap="md">
      {snapshot.message === null || snapshot.message === "" ? null : (
        <Text className="probe-message wrap-anywhere">{snapshot.message}</Text>
      )}
      <Links snapshot={snapshot} />
      <Facts snapshot={snapshot} />
      <Problems snapshot={snapshot} />
      {sections.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t(snapshot.truncated ? "snapshot.too_large" : "snapshot.no_values")}
        </Text>
      ) : (
        <>
          <Gaps {...gaps} isTruncated={snapshot.truncated} />
          {sections.map(({ at, line, groups }) => (
            <ValueTree
              key={`${snapshotKey(snapshot)} ${at} ${line}`}
              label={t(`section.${at}`, { line: line ?? "" })}
              groups={groups}
            />
          ))}
        </>
      )}
      <StackFrames stack={snapshot.stack} probe={probe} />
    </Stack>
  );
}

function Links({ snapshot }: { snapshot: ProbeSnapshot }) {
  const { t } = useTranslation("probes");
  const { trace_id: traceId, span_id: spanId, time_ms: timeMs, service } = snapshot;
  const around = {
    from: String(Math.floor(timeMs - AROUND_MS)),
    to: String(Math.ceil(timeMs + AROUND_MS)),
    env: undefined,
  };
  const query =
    traceId === null ? fieldTerm("service", [service ?? ""]) : fieldTerm("trace_id", [traceId]);
  return (
    <Group gap="xs">
      {traceId === null ? null : (
        <Button
          component={Link}
          to="/traces/$traceId"
          params={{ traceId } as never}
          search={{ span: spanId ?? undefined } as never}
          variant="default"
          leftSection={<IconTimeline size={16} aria-hidden />}
        >
          {t("snapshot.trace")}
        </Button>
      )}
      <Button
        component={Link}
        to="/logs"
        search={{ q: query, ...around } as never}
        variant="default"
        leftSection={<IconLogs size={16} aria-hidden />}
      >
        {t(traceId === null ? "snapshot.service_logs" : "snapshot.trace_logs")}
      </Button>
    </Group>
  );
}

function Facts({ snapshot }: { snapshot: ProbeSnapshot }) {
  const { t } = useTranslation("probes");
  const format = useFormat();
  const facts: [string, string | null][] = [
    [t("snapshot.time"), format.time(snapshot.time_ms, "millisecond")],
    [
      t("snapshot.duration"),
      snapshot.duration_ns === null ? null : format.durationNs(snapshot.duration_ns),
    ],
    [t("client.environment"), snapshot.environment],
    [t("client.version"), snapshot.version],
    [t("client.host"), snapshot.host],
    [t("snapshot.thread"), snapshot.thread],
  ];
  const known = facts.filter((fact): fact is [string, string] => fact[1] !== null);
  return <FactList facts={known satisfies Fact[]} />;
}

function Problems({ snapshot: { evaluation_errors: errors } }: { snapshot: ProbeSnapshot }) {
  const { t } = useTranslation("probes");
  if (errors.length === 0) {
    return null;
  }
  return (
    <Alert color="red" variant="light" p="xs" title={t("snapshot.errors")}>
      <ul className="probe-errors">
        {errors.map(({ expression, message }, at) => (
          <li key={at}>
            <code className="wrap-anywhere">{expression}</code> {message}
          </li>
        ))}
      </ul>
    </Alert>
  );
}

/** Nobody should take what is missing for what was not there. */
function Gaps(props: { redacted: number; cut: number; isTruncated: boolean }) {
  const { redacted, cut, isTruncated } = props;
  const { t } = useTranslation("probes");
  const format = useFormat();
  if (redacted === 0 && cut === 0 && !isTruncated) {
    return null;
  }
  return (
    <Group gap="xs">
      {redacted === 0 ? null : (
        <Badge variant="light" color="gray" size="sm">
          {t("snapshot.redacted", { count: redacted, formatted: format.count(redacted) })}
        </Badge>
      )}
      {cut === 0 ? null : (
        <Badge variant="light" color="yellow" size="sm">
          {t("snapshot.cut", { count: cut, formatted: format.count(cut) })}
        </Badge>
      )}
      {isTruncated ? (
        <Text size="sm" c="dimmed">
          {t("snapshot.truncated")}
        </Text>
      ) : null}
    </Group>
  );
}

/** A stack is as deep as the framework: what is far from the probe opens by a click. */
const FRAMES_AT_FIRST = 8;

function StackFrames({ stack, probe }: { stack: ProbeFrame[]; probe: ProbeForm | undefined }) {
  const { t } = useTranslation("probes");
  if (stack.length === 0) {
    return null;
  }
  const probed = probedFrame(stack, probe ?? { file: "", line: "", method: "" });
  const first = stack.slice(0, Math.max(FRAMES_AT_FIRST, probed + 1));
  const rest = stack.slice(first.length);
  return (
    <section aria-label={t("snapshot.stack")}>
      <Text component="h3" fw={600} size="sm" m={0}>
        {t("snapshot.stack")}
      </Text>
      <ol className="probe-frames">
        {first.map((frame, at) => (
          <Frame key={at} frame={frame} isProbed={at === probed} />
        ))}
      </ol>
      {rest.length === 0 ? null : (
        <details>
          <Anchor component="summary" size="xs">
            {t("snapshot.more_frames", { count: rest.length })}
          </Anchor>
          <ol className="probe-frames" start={first.length + 1}>
            {rest.map((frame, at) => (
              <Frame key={at} frame={frame} isProbed={false} />
            ))}
          </ol>
        </details>
      )}
    </section>
  );
}

function Frame({ frame, isProbed }: { frame: ProbeFrame; isProbed: boolean }) {
  const { t } = useTranslation("probes");
  const place = frame.line === null ? frame.file : `${frame.file ?? "?"}:${frame.line}`;
  return (
    <li data-probed={isProbed}>
      <span>{frame.function || "?"}</span> <span className="probe-soft">{place}</span>
      {isProbed ? <span className="probe-mark">{t("snapshot.probed")}</span> : null}
    </li>
  );
}
