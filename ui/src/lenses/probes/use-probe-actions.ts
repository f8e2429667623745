/** What is done with a saved probe: pause it, let it go on, delete it. */
import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useNotice } from "@/settings/use-notice";
import { deleteProbe, PROBE_KIND, type ProbeRow, probesChanged, putDocument } from "./probes-api";

type Target = Pick<ProbeRow, "document_id" | "document_revision" | "probe">;

/** `onDeleted` is called before the lists are asked again. */
export function useProbeActions(
  { document_id: id, document_revision: revision, probe }: Target,
  onDeleted: () => void = () => {},
) {
  const { t } = useTranslation("probes");
  const notice = useNotice();
  const pause = useMutation({
    mutationFn: (paused: boolean) => {
      const { paused: _, ...body } = probe;
      return putDocument(PROBE_KIND, id, paused ? { ...body, paused } : body, revision);
    },
    onSuccess: (_, paused) => notice.done(t(paused ? "action.paused" : "action.resumed")),
    onError: notice.failed,
    onSettled: probesChanged,
  });
  const remove = useMutation({
    mutationFn: () => deleteProbe(id, revision),
    onSuccess: () => {
      notice.done(t("action.deleted"));
      onDeleted();
    },
    onError: notice.failed,
    onSettled: probesChanged,
  });
  return {
    isPaused: probe["paused"] === true,
    isBusy: pause.isPending || remove.isPending,
    pause: pause.mutate,
    remove: () => remove.mutate(),
  };
}
