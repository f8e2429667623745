/** How good a new password is, while it is typed. Length counts most. */
import { Progress, Stack, Text } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { passwordStrength } from "./password-strength";

export { isLongEnough } from "./password-strength";

const COLORS = { short: "red", weak: "orange", fair: "yellow", strong: "green" } as const;
const SHARES = { short: 15, weak: 40, fair: 70, strong: 100 } as const;

export function PasswordHint({ password }: { password: string }) {
  const { t } = useTranslation();
  const strength = passwordStrength(password);
  return (
    <Stack gap={4}>
      <Progress
        value={password === "" ? 0 : SHARES[strength]}
        color={COLORS[strength]}
        size="xs"
        aria-hidden
      />
      <Text size="xs" c="dimmed" aria-live="polite">
        {password === "" ? t("password.rule") : t(`password.${strength}`)}
      </Text>
    </Stack>
  );
}
