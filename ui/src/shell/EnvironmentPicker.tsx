/** The environment of all pages that follow it. */
import { Select } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { useEnvironment, useTimeRange } from "./use-time-range";

const ALL = "";

export function EnvironmentPicker() {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const chosen = useEnvironment();
  const { fromMs, toMs } = useTimeRange();
  const { data = [] } = useQuery({
    queryKey: ["environments", fromMs, toMs],
    queryFn: ({ signal }) =>
      answer(
        api.GET("/api/v1/environments", {
          params: { query: { from_ms: Math.round(fromMs), to_ms: Math.round(toMs) } },
          signal,
        }),
      ),
    placeholderData: keepPreviousData,
  });
  const names = new Set(data.map((it) => it.name).filter((name) => name !== ""));
  if (chosen !== undefined) {
    names.add(chosen);
  }
  const choose = (name: string | null) =>
    void navigate({
      to: ".",
      search: (before: object) => ({ ...before, env: name === ALL ? undefined : name }) as never,
    });
  return (
    <Select
      size="xs"
      className="environment-picker"
      aria-label={t("environment.label")}
      data={[
        { value: ALL, label: t("environment.all") },
        ...[...names].sort().map((name) => ({ value: name, label: name })),
      ]}
      value={chosen ?? ALL}
      onChange={choose}
      searchable={names.size > 8}
      comboboxProps={{ width: "max-content", position: "bottom-start" }}
    />
  );
}
