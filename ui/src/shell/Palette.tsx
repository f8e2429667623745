/** ⌘K: go to a page, a service, a saved view or a trace, or change something. */
import {
  Spotlight,
  type SpotlightActionData,
  type SpotlightActionGroupData,
} from "@mantine/spotlight";
import { IconSearch } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { answer, api } from "@/api/client";
import { useMay } from "@/api/session";
import { SETTINGS_AREAS } from "@/settings/areas";
import { useDisplaySettings } from "./display-settings";
import { traceIdIn } from "./palette-trace";
import { PLACES } from "./places";
import { useChangeSetting, useSignOut } from "./UserMenu";
import { useTimeRange } from "./use-time-range";

const RESULTS_MAX = 12;

export function Palette() {
  const { t } = useTranslation();
  const [query, setQuery] = useState("");
  const [isOpen, setIsOpen] = useState(false);
  const groups: SpotlightActionGroupData[] = [
    { group: t("palette.traces"), actions: useTraceAction(query) },
    { group: t("palette.pages"), actions: usePages() },
    { group: t("palette.services"), actions: useServices(isOpen) },
    { group: t("palette.views"), actions: useSavedViews(isOpen) },
    { group: t("palette.actions"), actions: useActions() },
  ];
  return (
    <Spotlight
      actions={groups.filter((group) => group.actions.length > 0)}
      query={query}
      onQueryChange={setQuery}
      onSpotlightOpen={() => {
        setIsOpen(true);
        nameDialog(t("palette.placeholder"));
      }}
      onSpotlightClose={() => setIsOpen(false)}
      shortcut="mod + K"
      limit={RESULTS_MAX}
      scrollable
      maxHeight={420}
      highlightQuery
      nothingFound={t("palette.nothing")}
      searchProps={{
        leftSection: <IconSearch size={18} aria-hidden />,
        placeholder: t("palette.placeholder"),
        "aria-label": t("palette.placeholder"),
      }}
    />
  );
}

/** The component has no property for the name of its dialog. */
function nameDialog(name: string): void {
  requestAnimationFrame(() =>
    document.querySelector(".mantine-Spotlight-content")?.setAttribute("aria-label", name),
  );
}

function useTraceAction(query: string): SpotlightActionData[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const traceId = traceIdIn(query);
  if (traceId === undefined) {
    return [];
  }
  return [
    {
      id: "trace",
      label: t("palette.open_trace", { trace_id: traceId }),
      keywords: [query],
      onClick: () => void navigate({ href: `/traces/${traceId}` }),
    },
  ];
}

function usePages(): SpotlightActionData[] {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const may = { viewer: useMay("viewer"), editor: useMay("editor"), owner: useMay("owner") };
  const places = PLACES.map(({ name, to }) => ({
    id: to,
    label: t(`place.${name}`),
    keywords: [name],
    onClick: () => void navigate({ to }),
  }));
  const areas = SETTINGS_AREAS.filter((area) => may[area.role]).map(({ name, to }) => ({
    id: to,
    label: t("palette.settings_area", { area: t(`settings_area.${name}`) }),
    keywords: [name],
    onClick: () => void navigate({ to }),
  }));
  return [...places, ...areas];
}

function useServices(isOpen: boolean): SpotlightActionData[] {
  const navigate = useNavigate();
  const { fromMs, toMs } = useTimeRange();
  const { data } = useQuery({
    queryKey: ["palette-services", fromMs, toMs],
    enabled: isOpen,
    queryFn: ({ signal }) => {
      const query = { from_ms: Math.round(fromMs), to_ms: Math.round(toMs) };
      return answer(api.GET("/api/v1/services", { params: { query }, signal }));
    },
  });
  return (data?.services ?? []).map(({ service }) => ({
    id: `service ${service}`,
    label: service,
    onClick: () => void navigate({ href: `/services/${encodeURIComponent(service)}` }),
  }));
}

function useSavedViews(isOpen: boolean): SpotlightActionData[] {
  const navigate = useNavigate();
  const { data = [] } = useQuery({
    queryKey: ["documents", "saved-view", false],
    enabled: isOpen,
    queryFn: ({ signal }) => {
      const query = { kind: "saved-view", deleted: false };
      return answer(api.GET("/api/v1/documents", { params: { query }, signal }));
    },
  });
  return data.flatMap(({ id, body }) => {
    const { title, description, path } = body;
    // Only places inside this app: the document may come from anybody who edits.
    if (typeof path !== "string" || !/^\/(?![/\\])/.test(path)) {
      return [];
    }
    const label = typeof title === "string" ? title : id;
    const shown = typeof description === "string" ? { description } : {};
    return [{ id: `view ${id}`, label, ...shown, onClick: () => void navigate({ href: path }) }];
  });
}

function useActions(): SpotlightActionData[] {
  const { t } = useTranslation();
  const { resolved } = useDisplaySettings();
  const change = useChangeSetting();
  const signOut = useSignOut();
  const language = resolved.language === "ko" ? "en" : "ko";
  const theme = resolved.theme === "dark" ? "light" : "dark";
  return [
    {
      id: "theme",
      label: t("palette.use_theme", { theme: t(`theme.${theme}`) }),
      keywords: ["theme", "테마"],
      onClick: () => change({ theme }),
    },
    {
      id: "language",
      label: t("palette.use_language", { language: t(`language.${language}`) }),
      keywords: ["language", "언어"],
      onClick: () => change({ language }),
    },
    { id: "sign-out", label: t("user_menu.sign_out"), onClick: () => void signOut() },
  ];
}
