/** All revisions of a document: who, when, why, and what changed; an old one can be restored. */
import { Group, Stack, Text, UnstyledButton } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api, type Schemas } from "@/api/client";
import { ConfirmButton } from "@/common/ConfirmButton";
import { QueryBoundary } from "@/common/QueryBoundary";
import { useFormat } from "@/design/use-format";
import { useNotice } from "../use-notice";
import { DiffView } from "./DiffView";
import { documentChanged, revisionsQuery } from "./document-queries";
import { bodyText } from "./draft";
import "./history.css";

type Document = Schemas["Document"];

interface HistoryProps {
  document: Document;
  canEdit: boolean;
}

export function History({ document, canEdit }: HistoryProps) {
  const revisions = useQuery(revisionsQuery(document.kind, document.id));
  return (
    <QueryBoundary query={revisions}>
      {(all) => <Revisions current={document} all={all} canEdit={canEdit} />}
    </QueryBoundary>
  );
}

function Revisions(props: { current: Document; all: Document[]; canEdit: boolean }) {
  const { current, all, canEdit } = props;
  const { t } = useTranslation("settings");
  const format = useFormat();
  const [chosen, setChosen] = useState<number>();
  const index = Math.max(
    0,
    all.findIndex((it) => it.revision === chosen),
  );
  const opened = all[index];
  const before = all[index + 1];
  return (
    <div className="history">
      <ol aria-label={t("documents.history")}>
        {all.map((it, position) => (
          <li key={it.revision}>
            <UnstyledButton
              className="history-item"
              aria-current={position === index}
              onClick={() => setChosen(it.revision)}
            >
              <Text size="sm" fw={600} className="num">
                {t(it.deleted ? "documents.revision_deleted" : "documents.revision_number", {
                  revision: it.revision,
                })}
              </Text>
              <Text size="xs" c="dimmed" className="num">
                {t("documents.by", { author: it.author, time: format.time(it.time_ms, "minute") })}
              </Text>
              {(it.message ?? "") === "" ? null : <Text size="xs">{it.message}</Text>}
            </UnstyledButton>
          </li>
        ))}
      </ol>
      {opened === undefined ? null : (
        <Stack gap="xs" miw={0}>
          <Group justify="space-between">
            <Text size="sm">
              {before === undefined
                ? t("documents.first_revision")
                : t("documents.difference", { from: before.revision, to: opened.revision })}
            </Text>
            {canEdit && (opened.revision !== current.revision || current.deleted) ? (
              <RestoreButton current={current} revision={opened} />
            ) : null}
          </Group>
          <DiffView
            before={before === undefined ? "" : bodyText(before.body)}
            after={bodyText(opened.body)}
            label={t("documents.difference_label", { revision: opened.revision })}
          />
        </Stack>
      )}
    </div>
  );
}

function RestoreButton({ current, revision }: { current: Document; revision: Document }) {
  const { t } = useTranslation("settings");
  const notice = useNotice();
  const { kind, id } = current;
  const restore = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/api/v1/documents/{kind}/{id}/restore", {
          params: { path: { kind, id } },
          body: { revision: revision.revision, expected_revision: current.revision },
        }),
      ),
    onSuccess: (document) => notice.done(t("documents.restored", { revision: document.revision })),
    onError: notice.failed,
    onSettled: documentChanged,
  });
  return (
    <ConfirmButton
      loading={restore.isPending}
      label={t("documents.restore", { revision: revision.revision })}
      title={t("documents.restore_title", { revision: revision.revision })}
      text={t("documents.restore_text")}
      confirmLabel={t("documents.restore", { revision: revision.revision })}
      onConfirm={() => restore.mutate()}
    />
  );
}
