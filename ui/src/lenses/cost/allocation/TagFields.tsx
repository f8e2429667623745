/** What a virtual tag is called, and what becomes of values. */
import { Select, TextInput } from "@mantine/core";
import { useTranslation } from "react-i18next";
import { fieldMessage } from "@/common/field-errors";
import { NORMALISATIONS, type Normalisation, type TagForm } from "./tag-form";

interface TagFieldsProps {
  form: TagForm;
  change: (part: Partial<TagForm>) => void;
  isNew: boolean;
  isEditable: boolean;
  error: unknown;
}

export function TagFields({ form, change, isNew, isEditable, error }: TagFieldsProps) {
  const { t } = useTranslation("cost-allocation");
  return (
    <div className="tag-fields">
      <TextInput
        label={t("field.name")}
        description={t("field.name_hint")}
        value={form.name}
        readOnly={!isEditable || !isNew}
        error={fieldMessage(error, "/name")}
        onChange={(event) => change({ name: event.currentTarget.value })}
      />
      <TextInput
        label={t("field.description")}
        description={t("field.description_hint")}
        value={form.description}
        readOnly={!isEditable}
        error={fieldMessage(error, "/description")}
        onChange={(event) => change({ description: event.currentTarget.value })}
      />
      <TextInput
        label={t("field.otherwise")}
        description={t("field.otherwise_hint")}
        value={form.otherwise}
        readOnly={!isEditable}
        error={fieldMessage(error, "/default")}
        onChange={(event) => change({ otherwise: event.currentTarget.value })}
      />
      <Select
        label={t("field.normalise")}
        description={t("field.normalise_hint")}
        data={NORMALISATIONS.map((value) => ({ value, label: t(`normalise.${value}`) }))}
        value={form.normalise}
        allowDeselect={false}
        disabled={!isEditable}
        onChange={(next) => change({ normalise: (next ?? "none") as Normalisation })}
      />
    </div>
  );
}
