/** The lenses in the left rail, and which of them follow the time range and the environment. */
import {
  IconDatabaseSearch,
  IconHeartbeat,
  IconSettings,
  IconTimeline,
  IconTopologyStar3,
  IconUpload,
} from "@tabler/icons-react";

export const PLACES = [
  { name: "services", to: "/services", icon: IconTopologyStar3, followsTime: true },
  { name: "traces", to: "/traces", icon: IconTimeline, followsTime: true },
  { name: "query", to: "/query", icon: IconDatabaseSearch, followsTime: true },
  { name: "send_data", to: "/send-data", icon: IconUpload, followsTime: false },
  { name: "system", to: "/system", icon: IconHeartbeat, followsTime: false },
  { name: "settings", to: "/settings", icon: IconSettings, followsTime: false },
] as const;

export type Place = (typeof PLACES)[number];

export function placeOf(pathname: string): Place | undefined {
  return PLACES.find(({ to }) => pathname === to || pathname.startsWith(`${to}/`));
}
