/** From a span that names its line of code to a probe on that line. */
import { Button } from "@mantine/core";
import { IconCrosshair } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { probeHereSearch } from "@/lenses/probes/probe-here";
import type { SpanDetail } from "../traces-api";

interface ProbeHereProps {
  detail: Pick<SpanDetail, "attributes" | "resource">;
  service: string;
}

export function ProbeHere({ detail, service }: ProbeHereProps) {
  const { t } = useTranslation("traces");
  const search = probeHereSearch(detail.attributes, detail.resource, service);
  return search === undefined ? null : (
    <Button
      component={Link}
      to="/probes"
      search={search as never}
      variant="default"
      w="fit-content"
      leftSection={<IconCrosshair size={16} aria-hidden />}
    >
      {t("panel.probe_here", { file: search.file, line: search.line })}
    </Button>
  );
}
