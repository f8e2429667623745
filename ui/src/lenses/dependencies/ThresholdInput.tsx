/** From how many seconds on a call counts as slow. Written when the field is left, or by Enter. */
import { NumberInput } from "@mantine/core";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

const SECONDS_MAX = 86_400;

interface ThresholdInputProps {
  valueMs: number;
  onChange: (valueMs: number) => void;
  label: string;
  size?: "xs" | "sm";
}

export function ThresholdInput({ valueMs, onChange, label, size = "sm" }: ThresholdInputProps) {
  const { t } = useTranslation("dependencies");
  const [typed, setTyped] = useState<string | number>(valueMs / 1000);
  useEffect(() => setTyped(valueMs / 1000), [valueMs]);
  const commit = () => {
    const nextMs = Math.round(Number(typed) * 1000);
    if (typed === "" || !(nextMs > 0)) {
      setTyped(valueMs / 1000);
    } else if (nextMs !== valueMs) {
      onChange(nextMs);
    }
  };
  return (
    <NumberInput
      size={size}
      w={130}
      label={label}
      min={0.001}
      max={SECONDS_MAX}
      decimalScale={3}
      step={1}
      allowNegative={false}
      suffix={t("threshold.suffix")}
      value={typed}
      onChange={setTyped}
      onBlur={commit}
      onKeyDown={(event) => event.key === "Enter" && commit()}
    />
  );
}
