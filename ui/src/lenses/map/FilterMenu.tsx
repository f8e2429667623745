/** Which nodes are shown: kinds, text, errors, requests. */
import {
  Button,
  Checkbox,
  Group,
  NumberInput,
  Popover,
  Stack,
  Switch,
  TextInput,
} from "@mantine/core";
import { IconFilter } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { useFormat } from "@/design/use-format";
import { KindIcon } from "./canvas/NodeShape";
import type { ChangeSearch } from "./MapToolbar";
import { countFilters } from "./map-filters";
import { KINDS, type MapSearch, type NodeKind } from "./map-search";

export const NO_FILTERS = {
  kind: undefined,
  filter: undefined,
  errors: undefined,
  min: undefined,
  only: undefined,
} as const;

interface FilterMenuProps {
  search: MapSearch;
  change: ChangeSearch;
}

export function FilterMenu({ search, change }: FilterMenuProps) {
  const { t } = useTranslation("map");
  const format = useFormat();
  const count = countFilters(search);
  return (
    <Popover position="bottom-start" shadow="md" width={280} trapFocus returnFocus>
      <Popover.Target>
        <Button
          variant={count === 0 ? "default" : "outline"}
          h={30}
          leftSection={<IconFilter size={14} aria-hidden />}
        >
          {count === 0 ? t("filters.none") : t("filters.set", { number: format.count(count) })}
        </Button>
      </Popover.Target>
      <Popover.Dropdown>
        <Stack gap="sm">
          <TextInput
            size="xs"
            label={t("filters.text")}
            value={search.filter ?? ""}
            onChange={(event) => change({ filter: event.currentTarget.value || undefined }, true)}
          />
          <Kinds search={search} change={change} />
          <Switch
            size="xs"
            label={t("filters.errors")}
            checked={search.errors === true}
            onChange={(event) =>
              change({ errors: event.currentTarget.checked ? true : undefined }, true)
            }
          />
          <NumberInput
            size="xs"
            label={t("filters.min")}
            min={0}
            allowDecimal={false}
            allowNegative={false}
            value={search.min ?? ""}
            onChange={(value) =>
              change({ min: typeof value === "number" && value > 0 ? value : undefined }, true)
            }
          />
          <Button
            variant="default"
            disabled={count === 0}
            onClick={() => change({ ...NO_FILTERS, only: search.only })}
          >
            {t("filters.reset")}
          </Button>
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

function Kinds({ search, change }: FilterMenuProps) {
  const { t } = useTranslation("map");
  return (
    <Checkbox.Group
      size="xs"
      label={t("filters.kinds")}
      value={search.kind ?? [...KINDS]}
      onChange={(kinds) => {
        const isAll = kinds.length === 0 || kinds.length === KINDS.length;
        change({ kind: isAll ? undefined : (kinds as NodeKind[]) }, true);
      }}
    >
      <Stack gap={6} mt={4}>
        {KINDS.map((kind) => (
          <Checkbox
            key={kind}
            size="xs"
            value={kind}
            label={
              <Group gap={6} component="span">
                <KindIcon kind={kind} size={14} />
                {t(`kind.${kind}`)}
              </Group>
            }
          />
        ))}
      </Stack>
    </Checkbox.Group>
  );
}
