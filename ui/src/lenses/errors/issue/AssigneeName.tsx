/** Who looks after an issue. Documents name people by their ids. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { useUser } from "@/api/session";

const STALE_AFTER_MS = 300_000;

export function AssigneeName({ id }: { id: string }) {
  const { t } = useTranslation("errors");
  const user = useUser();
  const isMe = user?.id === id;
  const { data: people } = useQuery({
    queryKey: ["people-names"],
    enabled: !isMe,
    staleTime: STALE_AFTER_MS,
    queryFn: ({ signal }) => answer(api.GET("/api/v1/users/names", { signal })),
  });
  const name = isMe ? user?.name : people?.find((it) => it.id === id)?.name;
  return <span className="wrap-anywhere">{isMe ? t("issue.me", { name }) : (name ?? id)}</span>;
}
