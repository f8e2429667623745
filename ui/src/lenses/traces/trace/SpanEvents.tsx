/** What happened during a span; an exception with its stack trace. */
import { Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { CodeBlock } from "@/common/CodeBlock";
import { useFormat } from "@/design/use-format";
import type { SpanEvent } from "../traces-api";
import { AttributeList } from "./AttributeList";
import { exceptionParts, withoutException } from "./attributes";

/** Times of events are told after the start of their span. */
export function SpanEvents({ events }: { events: readonly SpanEvent[] }) {
  const { t } = useTranslation("traces");
  const format = useFormat();
  if (events.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t("panel.no_events")}
      </Text>
    );
  }
  return (
    <ul className="plain-list">
      {events.map((event, index) => {
        const exception = exceptionParts(event.name, event.attributes);
        const rest = withoutException(event.attributes);
        return (
          <li key={index} className="span-event">
            <Text size="sm" fw={600} className="wrap-anywhere">
              {event.name}
              <Text span size="xs" c="dimmed" ml={8} className="num">
                {t("panel.after_start", {
                  time: format.durationNs(event.offset_ns),
                })}
              </Text>
            </Text>
            {exception === undefined ? null : (
              <>
                <Text size="sm" className="wrap-anywhere exception-text">
                  <b>{exception.type}</b> {exception.message}
                </Text>
                {exception.stack === "" ? null : (
                  <CodeBlock code={exception.stack} label={t("panel.stack")} />
                )}
              </>
            )}
            {Object.keys(rest).length === 0 ? null : <AttributeList attributes={rest} />}
          </li>
        );
      })}
    </ul>
  );
}
