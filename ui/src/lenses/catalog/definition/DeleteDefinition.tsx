/** Takes the definition of a service away; what the service sends stays. */
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { ConfirmButton } from "@/common/ConfirmButton";
import { useNotice } from "@/settings/use-notice";
import { type CatalogService, definitionsChanged, deleteDefinition } from "../catalog-api";

interface DeleteDefinitionProps {
  service: CatalogService;
  onDeleted: () => void;
}

export function DeleteDefinition({ service, onDeleted }: DeleteDefinitionProps) {
  const { t } = useTranslation("catalog");
  const notice = useNotice();
  const { name, document_id: id, document_revision: revision } = service;
  const remove = useMutation({
    mutationFn: async () => {
      if (id !== null && revision !== null) {
        await deleteDefinition(id, revision);
      }
    },
    onSuccess: () => {
      notice.done(t("definition.deleted"));
      onDeleted();
    },
    onError: notice.failed,
    onSettled: definitionsChanged,
  });
  if (id === null || revision === null) {
    return null;
  }
  return (
    <ConfirmButton
      loading={remove.isPending}
      label={t("definition.delete")}
      title={t("definition.delete_title", { name })}
      text={t("definition.delete_text")}
      confirmLabel={t("definition.delete")}
      onConfirm={() => remove.mutate()}
    />
  );
}
