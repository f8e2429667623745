/** The lenses in the left rail, and what of the top bar they follow. */
import {
  IconBook2,
  IconBug,
  IconCoins,
  IconCrosshair,
  IconDatabaseSearch,
  IconHeartbeat,
  IconLogs,
  IconPlugConnected,
  IconServer2,
  IconSettings,
  IconTimeline,
  IconTopologyStar3,
  IconUpload,
} from "@tabler/icons-react";

export const PLACES = [
  { name: "services", to: "/services", icon: IconServer2, follows: "time and environment" },
  { name: "catalog", to: "/catalog", icon: IconBook2, follows: "time and environment" },
  { name: "map", to: "/map", icon: IconTopologyStar3, follows: "time and environment" },
  { name: "traces", to: "/traces", icon: IconTimeline, follows: "time and environment" },
  { name: "errors", to: "/errors", icon: IconBug, follows: "time and environment" },
  {
    name: "dependencies",
    to: "/dependencies",
    icon: IconPlugConnected,
    follows: "time and environment",
  },
  { name: "logs", to: "/logs", icon: IconLogs, follows: "time and environment" },
  { name: "probes", to: "/probes", icon: IconCrosshair, follows: "time and environment" },
  { name: "cost", to: "/cost", icon: IconCoins, follows: "nothing" },
  { name: "query", to: "/query", icon: IconDatabaseSearch, follows: "time and environment" },
  { name: "send_data", to: "/send-data", icon: IconUpload, follows: "nothing" },
  { name: "system", to: "/system", icon: IconHeartbeat, follows: "time" },
  { name: "settings", to: "/settings", icon: IconSettings, follows: "nothing" },
] as const;

export type Place = (typeof PLACES)[number];

/** Pages without an entry of their own belong to the place that leads to them. */
const LED_TO: Readonly<Record<string, string>> = { "/deploys": "/services" };

export function placeOf(pathname: string): Place | undefined {
  const start = Object.keys(LED_TO).find((to) => pathname.startsWith(`${to}/`));
  const place = (start && LED_TO[start]) ?? pathname;
  return PLACES.find(({ to }) => place === to || place.startsWith(`${to}/`));
}
