/** Who looks after an issue. Only owners may list people; others see the id of somebody else. */
import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { useMay, useUser } from "@/api/session";

export function AssigneeName({ id }: { id: string }) {
  const { t } = useTranslation("errors");
  const user = useUser();
  const isMe = user?.id === id;
  const mayList = useMay("owner");
  const { data: people } = useQuery({
    queryKey: ["people-names"],
    enabled: mayList && !isMe,
    staleTime: 300_000,
    queryFn: ({ signal }) => answer(api.GET("/api/v1/users", { signal })),
  });
  const name = isMe ? user?.name : people?.find((it) => it.id === id)?.name;
  return <span className="wrap-anywhere">{isMe ? t("issue.me", { name }) : (name ?? id)}</span>;
}
