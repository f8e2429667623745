/** Saved views of the lens: open, save what is shown, delete. */
import { Button, Stack, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconBookmark } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { queryClient } from "@/api/queries";
import { useMay } from "@/api/session";
import { ConfirmButton } from "@/common/ConfirmButton";
import { EmptyState } from "@/common/EmptyState";
import { ErrorBox } from "@/common/ErrorBox";
import { QueryBoundary } from "@/common/QueryBoundary";
import { SidePanel } from "@/common/SidePanel";
import { useFormat } from "@/design/use-format";
import { deleteLogView, type LogView, logViewsQuery, saveLogView, viewPath } from "./log-views";

const TITLE_LENGTH_MAX = 120;

function viewsChanged(): Promise<void> {
  return queryClient.invalidateQueries({ queryKey: ["documents"] });
}

export function ViewsButton() {
  const { t } = useTranslation("logs");
  const [opened, { open, close }] = useDisclosure(false);
  return (
    <>
      <Button variant="default" leftSection={<IconBookmark size={16} aria-hidden />} onClick={open}>
        {t("views.button")}
      </Button>
      <SidePanel opened={opened} onClose={close} title={t("views.title")} size={420}>
        {opened ? <Views onOpened={close} /> : null}
      </SidePanel>
    </>
  );
}

function Views({ onOpened }: { onOpened: () => void }) {
  const { t } = useTranslation("logs");
  const mayEdit = useMay("editor");
  const query = useQuery(logViewsQuery);
  return (
    <Stack gap="md">
      {mayEdit ? <SaveForm /> : null}
      <QueryBoundary
        query={query}
        isEmpty={(views) => views.length === 0}
        empty={<EmptyState title={t("views.empty_title")} text={t("views.empty_text")} />}
      >
        {(views) => (
          <ul className="log-views">
            {views.map((view) => (
              <ViewItem key={view.id} view={view} mayEdit={mayEdit} onOpened={onOpened} />
            ))}
          </ul>
        )}
      </QueryBoundary>
    </Stack>
  );
}

function SaveForm() {
  const { t } = useTranslation("logs");
  const [title, setTitle] = useState("");
  const save = useMutation({
    mutationFn: () => {
      const { pathname, search } = window.location;
      return saveLogView(title, viewPath(pathname, search));
    },
    onSuccess: async () => {
      setTitle("");
      await viewsChanged();
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    save.mutate();
  };
  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        <TextInput
          label={t("views.name")}
          description={t("views.name_hint")}
          value={title}
          maxLength={TITLE_LENGTH_MAX}
          onChange={(event) => setTitle(event.currentTarget.value)}
        />
        {save.error === null ? null : <ErrorBox error={save.error} />}
        <Button type="submit" disabled={title.trim() === ""} loading={save.isPending}>
          {t("views.save")}
        </Button>
      </Stack>
    </form>
  );
}

function ViewItem(props: { view: LogView; mayEdit: boolean; onOpened: () => void }) {
  const { view, mayEdit, onOpened } = props;
  const { t } = useTranslation("logs");
  const format = useFormat();
  const navigate = useNavigate();
  const remove = useMutation({ mutationFn: () => deleteLogView(view), onSettled: viewsChanged });
  const open = () => {
    onOpened();
    void navigate({ href: view.path });
  };
  return (
    <li>
      <div>
        <Button variant="transparent" className="log-view-title" onClick={open}>
          <span className="wrap-anywhere">{view.title}</span>
        </Button>
        <Text size="xs" c="dimmed">
          {t("views.changed", { author: view.author, time: format.ago(view.timeMs) })}
        </Text>
        {remove.error === null ? null : <ErrorBox error={remove.error} />}
      </div>
      {mayEdit ? (
        <ConfirmButton
          size="compact-xs"
          variant="subtle"
          color="gray"
          loading={remove.isPending}
          label={t("views.delete")}
          title={t("views.delete_title", { title: view.title })}
          text={t("views.delete_text")}
          confirmLabel={t("views.delete")}
          onConfirm={() => remove.mutate()}
        />
      ) : null}
    </li>
  );
}
