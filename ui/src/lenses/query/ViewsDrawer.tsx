/** All saved views of the query lens: open, rename, delete, share. */
import { ActionIcon, Button, Group, Menu, Stack, Text, TextInput } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { useMay } from "@/api/session";
import { CopyButton } from "@/common/CopyButton";
import { EmptyState } from "@/common/EmptyState";
import { ErrorBox } from "@/common/ErrorBox";
import { QueryBoundary } from "@/common/QueryBoundary";
import { SidePanel } from "@/common/SidePanel";
import { useFormat } from "@/design/use-format";
import { deleteView, type SavedView, saveView, viewsQuery } from "./saved-views";

interface ViewsDrawerProps {
  opened: boolean;
  onClose: () => void;
  openedId: string | undefined;
  onDeleted: (view: SavedView) => void;
}

export function ViewsDrawer(props: ViewsDrawerProps) {
  const { opened, onClose } = props;
  const { t } = useTranslation("query");
  const [filter, setFilter] = useState("");
  const query = useQuery({ ...viewsQuery, enabled: opened });
  const wanted = filter.trim().toLowerCase();
  return (
    <SidePanel opened={opened} onClose={onClose} title={t("views.title")} size={420}>
      <QueryBoundary
        query={query}
        isEmpty={(views) => views.length === 0}
        empty={<EmptyState title={t("views.empty_title")} text={t("views.empty_text")} />}
      >
        {(views) => (
          <Stack gap="xs">
            <TextInput
              size="xs"
              aria-label={t("views.filter")}
              placeholder={t("views.filter")}
              value={filter}
              onChange={(event) => setFilter(event.currentTarget.value)}
            />
            <ul className="view-list">
              {views
                .filter((it) => `${it.title} ${it.description}`.toLowerCase().includes(wanted))
                .map((view) => (
                  <ViewItem key={view.id} {...props} view={view} />
                ))}
            </ul>
          </Stack>
        )}
      </QueryBoundary>
    </SidePanel>
  );
}

type Mode = "shown" | "renaming" | "deleting";

function ViewItem(props: ViewsDrawerProps & { view: SavedView }) {
  const { view, openedId, onClose } = props;
  const { t } = useTranslation("query");
  const format = useFormat();
  const mayEdit = useMay("editor");
  const [mode, setMode] = useState<Mode>("shown");
  return (
    <li data-opened={view.id === openedId}>
      <Group gap={4} wrap="nowrap" align="flex-start">
        <div className="view-text">
          <Link to="/query/$viewId" params={{ viewId: view.id }} onClick={onClose}>
            <span className="wrap-anywhere">{view.title || view.id}</span>
          </Link>
          {view.description === "" ? null : (
            <Text size="sm" className="wrap-anywhere">
              {view.description}
            </Text>
          )}
          <Text size="xs" c="dimmed">
            {t("views.changed", { author: view.author, time: format.ago(view.timeMs) })}
          </Text>
        </div>
        <CopyButton
          text={`${window.location.origin}/query/${view.id}`}
          label={t("views.copy_link", { title: view.title })}
        />
        {mayEdit ? (
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon
                variant="subtle"
                color="gray"
                aria-label={t("views.more", { title: view.title })}
              >
                <IconDots size={16} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item onClick={() => setMode("renaming")}>{t("views.rename")}</Menu.Item>
              <Menu.Item color="red" onClick={() => setMode("deleting")}>
                {t("views.delete")}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        ) : null}
      </Group>
      {mode === "renaming" ? <Rename {...props} onDone={() => setMode("shown")} /> : null}
      {mode === "deleting" ? <Delete {...props} onDone={() => setMode("shown")} /> : null}
    </li>
  );
}

type ItemFormProps = ViewsDrawerProps & { view: SavedView; onDone: () => void };

function Rename({ view, onDone }: ItemFormProps) {
  const { t } = useTranslation("query");
  const client = useQueryClient();
  const [title, setTitle] = useState(view.title);
  const rename = useMutation({
    mutationFn: () => saveView(view.id, { ...view, title }, view.revision),
    onSuccess: (saved) => {
      client.setQueryData([...viewsQuery.queryKey, saved.id], saved);
      void client.invalidateQueries({ queryKey: viewsQuery.queryKey, exact: true });
      onDone();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    rename.mutate();
  };
  return (
    <form onSubmit={submit} className="view-form">
      <TextInput
        size="xs"
        label={t("save.name")}
        value={title}
        onChange={(event) => setTitle(event.currentTarget.value)}
      />
      {rename.error === null ? null : <ErrorBox error={rename.error} />}
      <Group gap="xs" mt="xs">
        <Button type="submit" disabled={title.trim() === ""} loading={rename.isPending}>
          {t("views.rename")}
        </Button>
        <Button variant="default" onClick={onDone}>
          {t("save.cancel")}
        </Button>
      </Group>
    </form>
  );
}

function Delete({ view, onDone, onDeleted }: ItemFormProps) {
  const { t } = useTranslation("query");
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => deleteView(view),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: viewsQuery.queryKey, exact: true });
      onDeleted(view);
      onDone();
    },
  });
  return (
    <div className="view-form">
      <Text size="sm">{t("views.delete_question")}</Text>
      {remove.error === null ? null : <ErrorBox error={remove.error} />}
      <Group gap="xs" mt="xs">
        <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
          {t("views.delete")}
        </Button>
        <Button variant="default" onClick={onDone}>
          {t("save.cancel")}
        </Button>
      </Group>
    </div>
  );
}
