/** The filters of the trace list; each is a search parameter. */
import { Autocomplete, Button, Group, NumberInput, Switch, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { useSearchChange } from "@/common/use-search-change";
import { useEnvironment, useTimeRange } from "@/shell/use-time-range";

const route = getRouteApi("/shell/traces");
const TYPING_PAUSE_MS = 350;

function useServiceNames(): string[] {
  const { fromMs, toMs } = useTimeRange();
  const environment = useEnvironment();
  const query = useQuery({
    queryKey: ["services", fromMs, toMs, environment],
    queryFn: ({ signal }) => {
      const asked = {
        from_ms: fromMs,
        to_ms: toMs,
        ...(environment === undefined ? {} : { environment }),
      };
      return answer(api.GET("/api/v1/services", { params: { query: asked }, signal }));
    },
  });
  return [...new Set(query.data?.services.map((row) => row.service) ?? [])].sort();
}

/** What is being typed; written to the URL when the typing pauses. */
function useTyped(name: string, saved: string): [string, (value: string) => void] {
  const change = useSearchChange();
  const [typed, setTyped] = useState(saved);
  useEffect(() => setTyped(saved), [saved]);
  const write = useDebouncedCallback(
    (value: string) => change({ [name]: value.trim() || undefined }, true),
    TYPING_PAUSE_MS,
  );
  return [
    typed,
    (value) => {
      setTyped(value);
      write(value);
    },
  ];
}

export function TraceFilters() {
  const { t } = useTranslation("traces");
  const search = route.useSearch();
  const change = useSearchChange();
  const services = useServiceNames();
  const [service, setService] = useTyped("service", search.service ?? "");
  const [operation, setOperation] = useTyped("operation", search.operation ?? "");
  const [minimum, setMinimum] = useTyped("min_ms", String(search.min_ms ?? ""));
  const clear = () =>
    change({ service: undefined, operation: undefined, min_ms: undefined, errors: undefined });
  const isFiltered = service !== "" || operation !== "" || minimum !== "" || search.errors === true;
  return (
    <Group gap="xs" align="flex-end" className="trace-filters">
      <Autocomplete
        size="xs"
        w={200}
        label={t("filter.service")}
        data={services}
        value={service}
        onChange={setService}
      />
      <TextInput
        size="xs"
        w={220}
        label={t("filter.operation")}
        value={operation}
        onChange={(event) => setOperation(event.currentTarget.value)}
      />
      <NumberInput
        size="xs"
        w={150}
        label={t("filter.min_duration")}
        suffix=" ms"
        min={0}
        allowNegative={false}
        thousandSeparator=","
        value={minimum === "" ? "" : Number(minimum)}
        onChange={(value) => setMinimum(String(value))}
      />
      <Switch
        size="sm"
        mb={6}
        label={t("filter.errors_only")}
        checked={search.errors === true}
        onChange={(event) => change({ errors: event.currentTarget.checked || undefined })}
      />
      {isFiltered ? (
        <Button variant="subtle" onClick={clear}>
          {t("filter.clear")}
        </Button>
      ) : null}
    </Group>
  );
}
