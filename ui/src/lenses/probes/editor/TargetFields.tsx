/** Which service, in which language, and where in its code. */
import {
  Alert,
  Autocomplete,
  Group,
  NumberInput,
  SegmentedControl,
  Select,
  Stack,
  Text,
  TextInput,
} from "@mantine/core";
import { useTranslation } from "react-i18next";
import {
  abilitiesOf,
  LANGUAGE_NAMES,
  LANGUAGES,
  type Language,
  PLACE_EXAMPLES,
  PLACES,
  type Place,
  PROBE_TYPES,
  type ProbeType,
} from "../languages";
import type { ProbeService } from "../probes-api";
import { type FormPart, problemAt } from "./form-part";
import { languageOf } from "./language-of";
import { hasMoment } from "./probe-form";

const NAME_LENGTH_MAX = 200;
const PLACE_LENGTH_MAX = 500;
const LINE_MAX = 10_000_000;

type TargetFieldsProps = FormPart & { services: ProbeService[] };

export function TargetFields(props: TargetFieldsProps) {
  const { form, change, isEditable, services } = props;
  const { t } = useTranslation("probes");
  const { types, places } = abilitiesOf(form.language, form.type);
  return (
    <Stack gap="sm">
      <ServiceFields {...props} />
      <ServiceWarning service={services.find((it) => it.service === form.service)} form={form} />
      <div>
        <Text size="sm" fw={500} mb={4} id="probe-type">
          {t("field.type")}
        </Text>
        <SegmentedControl
          size="sm"
          aria-labelledby="probe-type"
          readOnly={!isEditable}
          value={form.type}
          onChange={(type) => change({ type: type as ProbeType })}
          data={PROBE_TYPES.map((value) => ({
            value,
            label: t(`type.${value}`),
            disabled: !types.includes(value),
          }))}
        />
        <Text size="xs" c="dimmed" mt={4}>
          {t(`type_hint.${form.type}`)}
        </Text>
      </div>
      <div>
        <Text size="sm" fw={500} mb={4} id="probe-place">
          {t("field.place")}
        </Text>
        <SegmentedControl
          size="sm"
          aria-labelledby="probe-place"
          readOnly={!isEditable}
          value={form.place}
          onChange={(place) => change({ place: place as Place })}
          data={PLACES.map((value) => ({
            value,
            label: t(`place.${value}`),
            disabled: !places.includes(value),
          }))}
        />
        {places.length < PLACES.length && form.language !== "" ? (
          <Text size="xs" c="dimmed" mt={4}>
            {t(form.type === "span" ? "place_hint.span" : `place_hint.${places[0] ?? "line"}`, {
              language: LANGUAGE_NAMES[form.language],
            })}
          </Text>
        ) : null}
      </div>
      {form.place === "line" ? <LineFields {...props} /> : <MethodFields {...props} />}
    </Stack>
  );
}

function ServiceFields(props: TargetFieldsProps) {
  const { form, change, isEditable, services } = props;
  const { t } = useTranslation("probes");
  const clients = services.find((it) => it.service === form.service)?.clients ?? [];
  const known = (values: (string | null)[]) =>
    [...new Set(values)].filter((it): it is string => it !== null && it !== "").sort();
  const chooseService = (service: string) => {
    const language = languageOf(services, service);
    change({ service, ...(language === undefined ? {} : { language }) });
  };
  return (
    <div className="probe-fields">
      <Autocomplete
        size="sm"
        label={t("field.service")}
        data={services.map((it) => it.service).sort()}
        value={form.service}
        maxLength={NAME_LENGTH_MAX}
        readOnly={!isEditable}
        error={problemAt(props, "/service")}
        onChange={chooseService}
      />
      <Select
        label={t("field.language")}
        data={LANGUAGES.map((value) => ({ value, label: LANGUAGE_NAMES[value] }))}
        value={form.language === "" ? null : form.language}
        readOnly={!isEditable}
        error={problemAt(props, "/language")}
        onChange={(language) => change({ language: (language ?? "") as Language | "" })}
      />
      <Autocomplete
        size="sm"
        label={t("field.environment")}
        placeholder={t("field.any")}
        data={known(clients.map((it) => it.environment))}
        value={form.environment}
        maxLength={NAME_LENGTH_MAX}
        readOnly={!isEditable}
        error={problemAt(props, "/environment")}
        onChange={(environment) => change({ environment })}
      />
      <Autocomplete
        size="sm"
        label={t("field.version")}
        placeholder={t("field.any")}
        data={known(clients.map((it) => it.version))}
        value={form.version}
        maxLength={NAME_LENGTH_MAX}
        readOnly={!isEditable}
        error={problemAt(props, "/version")}
        onChange={(version) => change({ version })}
      />
    </div>
  );
}

/** Why nothing would happen after saving. */
function ServiceWarning(props: { service: ProbeService | undefined; form: FormPart["form"] }) {
  const { service, form } = props;
  const { t } = useTranslation("probes");
  if (form.service.trim() === "") {
    return null;
  }
  const accepting = service?.clients.filter((it) => it.accepts).length ?? 0;
  const warning =
    service === undefined
      ? "unknown_service"
      : !service.enabled
        ? "service_off"
        : accepting === 0
          ? "nobody_accepts"
          : undefined;
  return warning === undefined ? null : (
    <Alert color="yellow" variant="light" p="xs">
      {t(`warning.${warning}`, { service: form.service })}
    </Alert>
  );
}

function LineFields(props: FormPart) {
  const { form, change, isEditable } = props;
  const { t } = useTranslation("probes");
  const example = PLACE_EXAMPLES[form.language || "python"];
  return (
    <div>
      <Group gap="sm" align="flex-start" wrap="nowrap">
        <TextInput
          flex={1}
          label={t("field.file")}
          placeholder={example.file}
          value={form.file}
          maxLength={PLACE_LENGTH_MAX}
          readOnly={!isEditable}
          spellCheck={false}
          error={problemAt(props, "/where/file")}
          onChange={(event) => change({ file: event.currentTarget.value })}
        />
        <NumberInput
          w={110}
          size="sm"
          label={t("field.line")}
          value={form.line}
          min={1}
          max={LINE_MAX}
          allowDecimal={false}
          allowNegative={false}
          readOnly={!isEditable}
          error={problemAt(props, "/where/line")}
          onChange={(line) => change({ line: typeof line === "number" ? line : "" })}
        />
      </Group>
      <Text size="xs" c="dimmed" mt={4}>
        {t("field_hint.file")}
      </Text>
    </div>
  );
}

function MethodFields(props: FormPart) {
  const { form, change, isEditable } = props;
  const { t } = useTranslation("probes");
  const example = PLACE_EXAMPLES[form.language || "python"];
  const isPython = form.language === "python";
  const named = (field: "class" | "module") => problemAt(props, `/where/${field}`);
  return (
    <Stack gap="sm">
      <div className="probe-fields">
        <TextInput
          label={t(
            isPython ? "field.module" : form.language === "go" ? "field.package" : "field.class",
          )}
          placeholder={example.container}
          value={form.container}
          maxLength={PLACE_LENGTH_MAX}
          readOnly={!isEditable}
          spellCheck={false}
          error={named("class") ?? named("module")}
          onChange={(event) => change({ container: event.currentTarget.value })}
        />
        <TextInput
          label={t("field.method")}
          placeholder={example.method}
          value={form.method}
          maxLength={PLACE_LENGTH_MAX}
          readOnly={!isEditable}
          spellCheck={false}
          error={problemAt(props, "/where/method")}
          onChange={(event) => change({ method: event.currentTarget.value })}
        />
      </div>
      {hasMoment(form) ? (
        <div>
          <Text size="sm" fw={500} mb={4} id="probe-moment">
            {t("field.evaluate_at")}
          </Text>
          <SegmentedControl
            size="sm"
            aria-labelledby="probe-moment"
            readOnly={!isEditable}
            value={form.evaluateAt}
            onChange={(it) => change({ evaluateAt: it as "entry" | "exit" })}
            data={(["exit", "entry"] as const).map((value) => ({
              value,
              label: t(`moment.${value}`),
            }))}
          />
        </div>
      ) : null}
    </Stack>
  );
}
