/** What was dropped, and why: nothing is lost in silence. */
import { Text, Title } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Schemas } from "@/api/client";
import { type Column, DataTable } from "@/common/DataTable";
import { useFormat } from "@/design/use-format";

type Loss = Schemas["Status"]["losses"][number];

export function Losses({ losses }: { losses: Loss[] }) {
  const { t } = useTranslation("system");
  const columns = useColumns();
  return (
    <section>
      <Title order={2} size="h5" mb={4}>
        {t("losses.title")}
      </Title>
      {losses.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t("losses.none")}
        </Text>
      ) : (
        <DataTable
          label={t("losses.title")}
          rows={losses}
          columns={columns}
          rowKey={(loss) => JSON.stringify(loss)}
          csvName="losses"
        />
      )}
    </section>
  );
}

function useColumns(): Column<Loss>[] {
  const { t } = useTranslation("system");
  const format = useFormat();
  return [
    {
      key: "found",
      header: t("losses.found"),
      width: 170,
      value: (loss) => loss.found_ms,
      cell: (loss) => format.time(loss.found_ms),
    },
    { key: "what", header: t("losses.what"), grow: 1, value: (loss) => loss.what },
    { key: "extent", header: t("losses.extent"), grow: 2, value: (loss) => loss.extent },
  ];
}
