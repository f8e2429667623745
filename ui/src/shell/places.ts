/** The lenses in the left rail, and what of the top bar they follow. */
import {
  IconDatabaseSearch,
  IconHeartbeat,
  IconLogs,
  IconSettings,
  IconTimeline,
  IconTopologyStar3,
  IconUpload,
} from "@tabler/icons-react";

export const PLACES = [
  { name: "services", to: "/services", icon: IconTopologyStar3, follows: "time and environment" },
  { name: "traces", to: "/traces", icon: IconTimeline, follows: "time and environment" },
  { name: "logs", to: "/logs", icon: IconLogs, follows: "time and environment" },
  { name: "query", to: "/query", icon: IconDatabaseSearch, follows: "time and environment" },
  { name: "send_data", to: "/send-data", icon: IconUpload, follows: "nothing" },
  { name: "system", to: "/system", icon: IconHeartbeat, follows: "time" },
  { name: "settings", to: "/settings", icon: IconSettings, follows: "nothing" },
] as const;

export type Place = (typeof PLACES)[number];

export function placeOf(pathname: string): Place | undefined {
  return PLACES.find(({ to }) => pathname === to || pathname.startsWith(`${to}/`));
}
