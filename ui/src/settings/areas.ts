/** The areas of the settings, with the role that each needs. */
export const SETTINGS_AREAS = [
  { name: "profile", to: "/settings/profile", role: "viewer" },
  { name: "people", to: "/settings/people", role: "owner" },
  { name: "keys", to: "/settings/keys", role: "editor" },
  { name: "documents", to: "/settings/documents", role: "viewer" },
  { name: "audit", to: "/settings/audit", role: "owner" },
] as const;
