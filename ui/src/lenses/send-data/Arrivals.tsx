/** Whether data arrive: rows accepted since the page was opened, asked every two seconds. */
import { Button, Group, Loader, Text } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { statusQuery } from "@/api/queries";
import { useFormat } from "@/design/use-format";
import { acceptedRows, countArrivals, NOTHING_YET } from "./arrivals";

const POLL_MS = 2000;

/** Logs are looked at where logs are, everything else by its service. */
export function Arrivals({ isOfLogs }: { isOfLogs: boolean }) {
  const { t } = useTranslation("send-data");
  const format = useFormat();
  const { data: status } = useQuery({ ...statusQuery, refetchInterval: POLL_MS });
  const [count, setCount] = useState(NOTHING_YET);
  useEffect(() => {
    if (status !== undefined) {
      setCount((before) => countArrivals(before, acceptedRows(status)));
    }
  }, [status]);
  const hasArrived = count.received > 0;
  return (
    <Group className="card arrivals" gap="sm" mih={56} role="status">
      {hasArrived ? (
        <IconCircleCheck size={20} color="var(--mantine-color-green-7)" aria-hidden />
      ) : (
        <Loader size={16} aria-hidden />
      )}
      <Text size="sm" className="num" style={{ flex: 1 }}>
        {hasArrived
          ? t("received", { count: count.received, formatted: format.count(count.received) })
          : t("waiting")}
      </Text>
      {hasArrived ? (
        <Button component={Link} to={isOfLogs ? "/logs" : "/services"} variant="default">
          {t(isOfLogs ? "see_logs" : "see_services")}
        </Button>
      ) : null}
    </Group>
  );
}
