/** Which columns the list has, and their order. */
import {
  ActionIcon,
  Button,
  Checkbox,
  Group,
  Popover,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { IconArrowDown, IconArrowUp, IconColumns3, IconPlus, IconX } from "@tabler/icons-react";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import {
  addColumn,
  COLUMNS_MAX,
  isOwnColumn,
  moveColumn,
  OWN_COLUMNS,
  removeColumn,
} from "./columns";

interface ColumnsMenuProps {
  columns: readonly string[];
  onChange: (columns: string[]) => void;
}

export function ColumnsMenu({ columns, onChange }: ColumnsMenuProps) {
  const { t } = useTranslation("logs");
  return (
    <Popover position="bottom-end" shadow="md" width={300} withinPortal trapFocus>
      <Popover.Target>
        <Button variant="default" leftSection={<IconColumns3 size={16} aria-hidden />}>
          {t("columns.button")}
        </Button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t("columns.button")}>
        <Stack gap="xs">
          <ul className="log-columns">
            {columns.map((name) => (
              <ChosenColumn key={name} name={name} columns={columns} onChange={onChange} />
            ))}
          </ul>
          {OWN_COLUMNS.filter((name) => !columns.includes(name)).map((name) => (
            <Checkbox
              key={name}
              size="xs"
              label={t(`field.${name}`)}
              checked={false}
              onChange={() => onChange(addColumn(columns, name))}
            />
          ))}
          <AddColumn columns={columns} onChange={onChange} />
        </Stack>
      </Popover.Dropdown>
    </Popover>
  );
}

function ChosenColumn({ name, columns, onChange }: ColumnsMenuProps & { name: string }) {
  const { t } = useTranslation("logs");
  const shown = isOwnColumn(name) ? t(`field.${name}`) : name;
  const actions = [
    {
      label: t("columns.earlier", { name: shown }),
      icon: IconArrowUp,
      next: moveColumn(columns, name, -1),
    },
    {
      label: t("columns.later", { name: shown }),
      icon: IconArrowDown,
      next: moveColumn(columns, name, 1),
    },
    { label: t("columns.remove", { name: shown }), icon: IconX, next: removeColumn(columns, name) },
  ];
  return (
    <li>
      <span className="wrap-anywhere">{shown}</span>
      <Group gap={2} wrap="nowrap">
        {actions.map(({ label, icon: Icon, next }) => (
          <ActionIcon
            key={label}
            size="sm"
            variant="subtle"
            color="gray"
            aria-label={label}
            disabled={next.join("\n") === columns.join("\n") || next.length === 0}
            onClick={() => onChange(next)}
          >
            <Icon size={14} />
          </ActionIcon>
        ))}
      </Group>
    </li>
  );
}

function AddColumn({ columns, onChange }: ColumnsMenuProps) {
  const { t } = useTranslation("logs");
  const [name, setName] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (name.trim() !== "") {
      onChange(addColumn(columns, name.trim()));
      setName("");
    }
  };
  return columns.length >= COLUMNS_MAX ? (
    <Text size="xs" c="dimmed">
      {t("columns.most", { number: COLUMNS_MAX })}
    </Text>
  ) : (
    <form onSubmit={submit}>
      <TextInput
        size="xs"
        label={t("columns.add")}
        placeholder={t("columns.example")}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        rightSection={
          <ActionIcon type="submit" size="sm" variant="subtle" aria-label={t("columns.add")}>
            <IconPlus size={14} />
          </ActionIcon>
        }
      />
    </form>
  );
}
