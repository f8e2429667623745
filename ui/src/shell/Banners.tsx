/** What everybody has to know at once: the server is silent, intake is refused, the disk is full. */
import { Button, Group, Text } from "@mantine/core";
import {
  IconAlertTriangle,
  IconDatabaseExclamation,
  IconPlugConnectedX,
} from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { statusQuery } from "@/api/queries";
import { useFormat } from "@/design/use-format";
import { useReconnect } from "./use-reconnect";

export function Banners() {
  return (
    <div className="banners" aria-live="polite">
      <ConnectionBanner />
      <StatusBanners />
    </div>
  );
}

function Banner(props: { tone: "warning" | "danger"; icon: ReactNode; children: ReactNode }) {
  return (
    <div className="banner" data-tone={props.tone}>
      {props.icon}
      <Group gap="sm" className="banner-text">
        {props.children}
      </Group>
    </div>
  );
}

export function ConnectionBanner() {
  const { t } = useTranslation();
  const { isLost, secondsLeft, retryNow } = useReconnect();
  if (!isLost) {
    return null;
  }
  return (
    <Banner tone="danger" icon={<IconPlugConnectedX size={18} aria-hidden />}>
      {/* The countdown is not read out each second. */}
      <Text size="sm">{t("banner.lost")}</Text>
      <Text size="sm" className="num" aria-live="off">
        {t("banner.retry_in", { count: secondsLeft })}
      </Text>
      <Button variant="default" onClick={retryNow}>
        {t("banner.retry_now")}
      </Button>
    </Banner>
  );
}

function StatusBanners() {
  const { t } = useTranslation();
  const format = useFormat();
  const { data: status } = useQuery(statusQuery);
  if (status === undefined) {
    return null;
  }
  const { disk } = status;
  return (
    <>
      {status.accepting ? null : (
        <Banner tone="danger" icon={<IconAlertTriangle size={18} aria-hidden />}>
          <Text size="sm">{t("banner.refusing", { reason: status.refusing_because ?? "–" })}</Text>
          <Link to="/system">{t("banner.details")}</Link>
        </Banner>
      )}
      {disk.warning ? (
        <Banner tone="warning" icon={<IconDatabaseExclamation size={18} aria-hidden />}>
          <Text size="sm">
            {t("banner.disk", {
              used: format.bytes(disk.used_bytes),
              budget: format.bytes(disk.budget_bytes),
            })}
          </Text>
          <Link to="/system">{t("banner.details")}</Link>
        </Banner>
      ) : null}
    </>
  );
}
