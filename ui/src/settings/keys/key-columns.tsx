/** Columns of the list of keys. */
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Column } from "@/common/DataTable";
import { useFormat } from "@/design/use-format";
import type { Key } from "./KeysPage";

export function useKeyColumns(state: (key: Key) => ReactNode): Column<Key>[] {
  const { t } = useTranslation("settings");
  const { t: common } = useTranslation();
  const format = useFormat();
  const kind = (key: Key) =>
    key.role == null
      ? t(`keys.kind.${key.kind}`)
      : t("keys.kind_with_role", {
          kind: t(`keys.kind.${key.kind}`),
          role: common(`role.${key.role}`),
        });
  return [
    { key: "name", header: t("keys.name"), grow: 2, width: 140, value: (key) => key.name },
    { key: "kind", header: t("keys.kind_title"), grow: 1, width: 150, value: kind },
    {
      key: "prefix",
      header: t("keys.prefix"),
      width: 110,
      value: (key) => key.prefix,
      cell: (key) => <code>{t("keys.begins", { prefix: key.prefix })}</code>,
    },
    {
      key: "last_used",
      header: t("keys.last_used"),
      width: 120,
      grow: 1,
      value: (key) => key.last_used_ms,
      cell: (key) => (key.last_used_ms == null ? t("keys.unused") : format.ago(key.last_used_ms)),
    },
    {
      key: "expires",
      header: t("keys.expires"),
      width: 110,
      value: (key) => key.expires_ms,
      cell: (key) =>
        key.expires_ms == null ? t("keys.never_expires") : format.time(key.expires_ms, "day"),
    },
    {
      key: "created",
      header: t("keys.created"),
      width: 110,
      value: (key) => key.created_ms,
      cell: (key) => format.time(key.created_ms, "day"),
    },
    {
      key: "created_by",
      header: t("keys.created_by"),
      width: 110,
      value: (key) => key.created_by,
    },
    {
      key: "state",
      header: t("keys.state"),
      width: 100,
      align: "right",
      sortable: false,
      value: (key) => (key.revoked_ms == null ? "active" : "revoked"),
      cell: state,
    },
  ];
}
