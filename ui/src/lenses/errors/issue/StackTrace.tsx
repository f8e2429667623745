/** The stack of an example: own frames stand out, those of libraries open by a click. */
import { Button, Group, Text, UnstyledButton } from "@mantine/core";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { CodeBlock } from "@/common/CodeBlock";
import type { ErrorSample, StackFrame } from "../errors-api";
import { foldFrames } from "./stack-frames";

export function StackTrace({ sample }: { sample: ErrorSample }) {
  const { t } = useTranslation("errors");
  const hasFrames = sample.frames.length > 0;
  const [isRaw, setIsRaw] = useState(false);
  const parts = useMemo(() => foldFrames(sample.frames), [sample.frames]);
  return (
    <section aria-label={t("issue.stack")}>
      <Group justify="space-between" gap="xs" mb={4}>
        <Text component="h2" fw={600} size="sm" m={0}>
          {t("issue.stack")}
        </Text>
        {hasFrames && sample.stacktrace !== null ? (
          <Button variant="subtle" size="compact-xs" onClick={() => setIsRaw(!isRaw)}>
            {isRaw ? t("issue.stack_frames") : t("issue.stack_raw")}
          </Button>
        ) : null}
      </Group>
      <Text size="sm" fw={600} className="wrap-anywhere">
        {sample.message === ""
          ? sample.exception_type
          : `${sample.exception_type}: ${sample.message}`}
      </Text>
      {sample.stacktrace !== null && (isRaw || !hasFrames) ? (
        <CodeBlock code={sample.stacktrace} label={t("issue.stack_raw")} />
      ) : hasFrames ? (
        <ol className="error-frames">
          {parts.map((part, at) =>
            part.kind === "frame" ? (
              <Frame key={at} frame={part.frame} />
            ) : (
              <Folded key={at} frames={part.frames} />
            ),
          )}
        </ol>
      ) : (
        <Text size="sm" c="dimmed">
          {t("issue.no_stack")}
        </Text>
      )}
    </section>
  );
}

function Frame({ frame }: { frame: StackFrame }) {
  return (
    <li className="error-frame" data-own={frame.in_app}>
      {frame.text}
    </li>
  );
}

function Folded({ frames }: { frames: StackFrame[] }) {
  const { t } = useTranslation("errors");
  const [isOpen, setIsOpen] = useState(false);
  return (
    <>
      <li>
        <UnstyledButton
          className="error-folded"
          aria-expanded={isOpen}
          onClick={() => setIsOpen(!isOpen)}
        >
          {t(isOpen ? "issue.fold" : "issue.unfold", { count: frames.length })}
        </UnstyledButton>
      </li>
      {isOpen ? frames.map((frame, at) => <Frame key={at} frame={frame} />) : null}
    </>
  );
}
