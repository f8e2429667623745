/** Opens a trace by its id. */
import { Button, Group, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { readTraceId } from "./trace-id";

export function TraceIdBox() {
  const { t } = useTranslation("traces");
  const navigate = useNavigate();
  const [text, setText] = useState("");
  const [isWrong, setIsWrong] = useState(false);
  const open = (event: FormEvent) => {
    event.preventDefault();
    const traceId = readTraceId(text);
    setIsWrong(traceId === undefined);
    if (traceId !== undefined) {
      void navigate({ to: "/traces/$traceId", params: { traceId } });
    }
  };
  return (
    <form onSubmit={open} className="trace-id-box">
      <Group gap="xs" wrap="nowrap" align="flex-start">
        <TextInput
          size="xs"
          className="trace-id-input"
          aria-label={t("id_box.label")}
          placeholder={t("id_box.label")}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setIsWrong(false);
          }}
          error={isWrong ? t("id_box.wrong") : null}
        />
        <Button type="submit" variant="default" disabled={text.trim() === ""}>
          {t("id_box.open")}
        </Button>
      </Group>
    </form>
  );
}
