/** Chooses a role, and says what it allows. */
import { Select } from "@mantine/core";
import { useTranslation } from "react-i18next";
import type { Role } from "@/api/session";

const ROLES: readonly Role[] = ["viewer", "editor", "owner"];

interface RoleSelectProps {
  value: Role;
  roles?: readonly Role[];
  onChange: (role: Role) => void;
}

export function RoleSelect({ value, roles = ROLES, onChange }: RoleSelectProps) {
  const { t } = useTranslation("settings");
  const { t: common } = useTranslation();
  return (
    <Select
      label={t("people.role")}
      description={t(`people.role_allows.${value}`)}
      inputWrapperOrder={["label", "input", "description"]}
      value={value}
      data={roles.map((role) => ({ value: role, label: common(`role.${role}`) }))}
      onChange={(chosen) => {
        const role = roles.find((it) => it === chosen);
        if (role !== undefined) {
          onChange(role);
        }
      }}
    />
  );
}
