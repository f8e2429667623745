/** Short notices after an action: it is done, or why it is not. */
import { useTranslation } from "react-i18next";
import { ApiError } from "@/api/client";
import { errorKey } from "@/common/ErrorBox";
import { showNotice } from "@/common/notice";

export function useNotice() {
  const { t } = useTranslation();
  return {
    done: (message: string) => showNotice({ message, color: "green" }),
    failed: (error: unknown) =>
      showNotice({
        color: "red",
        title: t(`error.${errorKey(error)}.title`),
        message: error instanceof ApiError ? error.message : t(`error.${errorKey(error)}.advice`),
      }),
  };
}
