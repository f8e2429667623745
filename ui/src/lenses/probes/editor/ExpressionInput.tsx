/** A condition, message or value: its text, what is wrong in it and where, and examples. */
import { Button, Collapse, Stack, Text, Textarea, UnstyledButton } from "@mantine/core";
import { useDisclosure, useId } from "@mantine/hooks";
import { useTranslation } from "react-i18next";
import { type ExpressionField, examplesOf, markedText } from "../expressions";
import type { Language } from "../languages";
import type { ProbeProblem } from "../probes-api";

const LENGTHS_MAX: Record<ExpressionField, number> = {
  condition: 2048,
  template: 4096,
  metric_value: 2048,
};
const ROWS_MAX = 6;

interface ExpressionInputProps {
  field: ExpressionField;
  value: string;
  language: Language | "";
  /** Evaluated when a method returns. */
  isAtExit: boolean;
  isEditable: boolean;
  problems: readonly ProbeProblem[];
  /** What the server refused when it was saved. */
  refused: string | null;
  onChange: (value: string) => void;
}

export function ExpressionInput(props: ExpressionInputProps) {
  const { field, value, isEditable, problems, refused, onChange } = props;
  const { t } = useTranslation("probes");
  const [isOpen, { toggle }] = useDisclosure(false);
  const examplesId = useId();
  const problem = problems.find((it) => it.field === field);
  return (
    <div>
      <Textarea
        label={t(`field.${field}`)}
        description={t(`field_hint.${field}`)}
        autosize
        minRows={1}
        maxRows={ROWS_MAX}
        maxLength={LENGTHS_MAX[field]}
        value={value}
        readOnly={!isEditable}
        spellCheck={false}
        styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }}
        error={problem === undefined ? refused : <Problem problem={problem} text={value} />}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
      {isEditable ? (
        <>
          <Button
            variant="subtle"
            size="compact-xs"
            mt={4}
            aria-expanded={isOpen}
            aria-controls={examplesId}
            onClick={toggle}
          >
            {t(isOpen ? "examples.hide" : "examples.show")}
          </Button>
          <Collapse in={isOpen} id={examplesId}>
            <Examples {...props} />
          </Collapse>
        </>
      ) : null}
    </div>
  );
}

function Problem({ problem, text }: { problem: ProbeProblem; text: string }) {
  const { t } = useTranslation("probes");
  if (problem.position === null) {
    return problem.message;
  }
  const { before, wrong, after } = markedText(text, problem.position);
  return (
    <>
      <span className="probe-problem">
        {before}
        <mark>{wrong === "" ? "␣" : wrong}</mark>
        {after}
      </span>
      {t("problem_at", { position: problem.position + 1, message: problem.message })}
    </>
  );
}

/** Some are conditions that stand alone, so an example takes the place of what is written. */
function Examples({ field, language, isAtExit, onChange }: ExpressionInputProps) {
  const { t } = useTranslation("probes");
  return (
    <Stack gap={2} className="probe-examples">
      <Text size="xs" c="dimmed">
        {t("examples.use")}
      </Text>
      {examplesOf(field, language, isAtExit).map(({ text, code }) => (
        <UnstyledButton key={code} className="probe-example" onClick={() => onChange(code)}>
          <code>{code}</code>
          <span>{t(`expression.${text}`)}</span>
        </UnstyledButton>
      ))}
    </Stack>
  );
}
