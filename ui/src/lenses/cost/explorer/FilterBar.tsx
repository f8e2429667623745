/** What the cost is narrowed down to: chips, and a form to add one. */
import {
  Button,
  Checkbox,
  CloseButton,
  Group,
  Popover,
  ScrollArea,
  SegmentedControl,
  Select,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useDebouncedValue, useDisclosure } from "@mantine/hooks";
import { IconFilterPlus } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { getRouteApi } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { ErrorBox } from "@/common/ErrorBox";
import { Loading } from "@/common/Loading";
import { useSearchChange } from "@/common/use-search-change";
import { dimensionValuesQuery } from "../cost-api";
import { useCost } from "../cost-context";
import type { ExploreFilter } from "../cost-types";
import { useDimensionText, useValueText } from "../marks/dimensions";
import { useDimensionChoices } from "./Controls";
import { readFilters, withFilter, withoutFilter } from "./filters";

const route = getRouteApi("/shell/cost/explore");
const TYPING_MS = 300;
const VALUES_SHOWN = 3;
/** Stands for what has no value; no bill has such a text. */
const NOTHING = "\u0000";

export function FilterBar() {
  const { t } = useTranslation("cost");
  const { f } = route.useSearch();
  const change = useSearchChange();
  const filters = useMemo(() => readFilters(f), [f]);
  const set = (next: string[]) => change({ f: next.length === 0 ? undefined : next });
  return (
    <div className="cost-filters">
      {filters.map((filter) => (
        <FilterChip
          key={`${filter.exclude} ${filter.dimension}`}
          filter={filter}
          onRemove={() => set(withoutFilter(f, filter))}
        />
      ))}
      <AddFilter onAdd={(filter) => set(withFilter(f, filter))} />
      {filters.length < 2 ? null : (
        <Button variant="subtle" onClick={() => set([])}>
          {t("filter.clear")}
        </Button>
      )}
    </div>
  );
}

function FilterChip({ filter, onRemove }: { filter: ExploreFilter; onRemove: () => void }) {
  const { t } = useTranslation("cost");
  const dimensionText = useDimensionText();
  const valueText = useValueText();
  const values = filter.values.map((it) => valueText(filter.dimension, it));
  const more = values.length - VALUES_SHOWN;
  const shown = values.slice(0, VALUES_SHOWN).join(", ");
  const text = t(filter.exclude ? "filter.is_not" : "filter.is", {
    dimension: dimensionText(filter.dimension),
    values: more > 0 ? t("filter.and_more", { values: shown, number: more }) : shown,
  });
  return (
    <span className="cost-chip" title={values.join("\n")}>
      <span>{text}</span>
      <CloseButton size="xs" aria-label={t("filter.remove", { filter: text })} onClick={onRemove} />
    </span>
  );
}

function AddFilter({ onAdd }: { onAdd: (filter: ExploreFilter) => void }) {
  const { t } = useTranslation("cost");
  const [opened, { close, toggle }] = useDisclosure(false);
  return (
    <Popover opened={opened} onClose={close} position="bottom-start" trapFocus width={340}>
      <Popover.Target>
        <Button
          variant="default"
          leftSection={<IconFilterPlus size={16} aria-hidden />}
          onClick={toggle}
        >
          {t("filter.add")}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t("filter.add")}>
        {opened ? (
          <FilterForm
            onAdd={(filter) => {
              onAdd(filter);
              close();
            }}
          />
        ) : null}
      </Popover.Dropdown>
    </Popover>
  );
}

const NO_NAMES: readonly string[] = [];

function FilterForm({ onAdd }: { onAdd: (filter: ExploreFilter) => void }) {
  const { t } = useTranslation("cost");
  const choices = useDimensionChoices(NO_NAMES);
  const [dimension, setDimension] = useState<string | null>(null);
  const [values, setValues] = useState<string[]>([]);
  const [exclude, setExclude] = useState(false);
  return (
    <Stack gap="xs">
      <Select
        label={t("filter.dimension")}
        data={choices}
        searchable
        value={dimension}
        comboboxProps={{ withinPortal: false }}
        nothingFoundMessage={t("explore.no_dimension")}
        onChange={(next) => {
          setDimension(next);
          setValues([]);
        }}
      />
      {dimension === null ? null : (
        <>
          <SegmentedControl
            size="xs"
            aria-label={t("filter.how")}
            value={exclude ? "exclude" : "include"}
            onChange={(next) => setExclude(next === "exclude")}
            data={["include", "exclude"].map((value) => ({ value, label: t(`filter.${value}`) }))}
          />
          <Values dimension={dimension} chosen={values} onChange={setValues} />
          <Button
            disabled={values.length === 0}
            onClick={() =>
              onAdd({
                dimension,
                exclude,
                values: values.map((it) => (it === NOTHING ? null : it)),
              })
            }
          >
            {t("filter.apply")}
          </Button>
        </>
      )}
    </Stack>
  );
}

interface ValuesProps {
  dimension: string;
  chosen: string[];
  onChange: (values: string[]) => void;
}

function Values({ dimension, chosen, onChange }: ValuesProps) {
  const { t } = useTranslation("cost");
  const { period } = useCost();
  const valueText = useValueText();
  const [text, setText] = useState("");
  const [query] = useDebouncedValue(text, TYPING_MS);
  const { fromMs, toMs } = period;
  const { data, error } = useQuery(dimensionValuesQuery({ dimension, query, fromMs, toMs }));
  return (
    <>
      <TextInput
        size="xs"
        aria-label={t("filter.search")}
        placeholder={t("filter.search")}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
      />
      {error === null ? null : <ErrorBox error={error} />}
      {data === undefined ? (
        error === null ? (
          <Loading rows={3} height={20} />
        ) : null
      ) : (
        <ScrollArea.Autosize mah={220} type="auto">
          <Checkbox.Group value={chosen} onChange={onChange} aria-label={t("filter.values")}>
            <Stack gap={6} p={2}>
              {data.map(({ value }) => (
                <Checkbox
                  key={value ?? NOTHING}
                  size="xs"
                  value={value ?? NOTHING}
                  label={<span className="wrap-anywhere">{valueText(dimension, value)}</span>}
                />
              ))}
            </Stack>
          </Checkbox.Group>
        </ScrollArea.Autosize>
      )}
      {data?.length === 0 ? (
        <Group>
          <Text size="sm" c="dimmed">
            {t("filter.no_value_found")}
          </Text>
        </Group>
      ) : null}
    </>
  );
}
