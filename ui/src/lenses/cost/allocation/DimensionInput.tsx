/** A dimension of cost: one that is known, or one that is typed, such as a tag still to come. */
import { Autocomplete } from "@mantine/core";

interface DimensionInputProps {
  label: string;
  dimensions: readonly string[];
  value: string;
  isEditable: boolean;
  onChange: (dimension: string) => void;
}

const SHOWN_MAX = 50;

export function DimensionInput(props: DimensionInputProps) {
  const { label, dimensions, value, isEditable, onChange } = props;
  return (
    <Autocomplete
      label={label}
      data={[...dimensions]}
      limit={SHOWN_MAX}
      value={value}
      readOnly={!isEditable}
      onChange={onChange}
    />
  );
}
