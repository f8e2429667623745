/** An error with what to do about it. */
import { Alert, Button, List, Stack, Text } from "@mantine/core";
import { IconAlertTriangle } from "@tabler/icons-react";
import { useTranslation } from "react-i18next";
import { ApiError, ConnectionError } from "@/api/errors";

/** The key under `error.` in common.json that explains `error`. */
export function errorKey(error: unknown) {
  if (error instanceof ConnectionError) {
    return "connection" as const;
  }
  if (!(error instanceof ApiError)) {
    return "unexpected" as const;
  }
  const byStatus = {
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    408: "deadline",
    409: "conflict",
    422: "invalid",
    429: "too_many",
    503: "busy",
  } as const;
  const known = byStatus[error.status as keyof typeof byStatus];
  return known ?? (error.status >= 500 ? ("server" as const) : ("refused" as const));
}

interface ErrorBoxProps {
  error: unknown;
  onRetry?: (() => void) | undefined;
}

export function ErrorBox({ error, onRetry }: ErrorBoxProps) {
  const { t } = useTranslation();
  const key = errorKey(error);
  const fields = error instanceof ApiError ? error.fields : [];
  // The message of a refused document only repeats its fields.
  const hasDetail = error instanceof Error && key !== "connection" && fields.length === 0;
  const detail = hasDetail ? error.message : "";
  return (
    <Alert
      color="red"
      variant="light"
      role="alert"
      icon={<IconAlertTriangle aria-hidden />}
      title={t(`error.${key}.title`)}
    >
      <Stack gap="xs" align="flex-start">
        <Text size="sm">{t(`error.${key}.advice`)}</Text>
        {detail === "" ? null : (
          <Text size="sm" ff="monospace" className="wrap-anywhere">
            {detail}
          </Text>
        )}
        {fields.length === 0 ? null : (
          <List size="sm">
            {fields.map((field) => (
              <List.Item key={field.path}>
                <code>{field.path}</code> {field.message}
              </List.Item>
            ))}
          </List>
        )}
        {onRetry === undefined ? null : (
          <Button size="xs" variant="default" onClick={onRetry}>
            {t("action.retry")}
          </Button>
        )}
      </Stack>
    </Alert>
  );
}
