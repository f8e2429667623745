/** The values of a record as rows: objects by their paths, lists as JSON. */

export interface FlatValue {
  /** Path with points, as the search language names it after `@`. */
  key: string;
  text: string;
  /** Whether it can be asked for by equality. */
  isPlain: boolean;
}

/** Deeper values are shown as JSON. */
const DEPTH_MAX = 6;

export function flatten(values: Record<string, unknown>): FlatValue[] {
  const found: FlatValue[] = [];
  const visit = (key: string, value: unknown, depth: number) => {
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
    if (isObject && depth < DEPTH_MAX && Object.keys(value).length > 0) {
      for (const [name, inner] of Object.entries(value)) {
        visit(`${key}.${name}`, inner, depth + 1);
      }
      return;
    }
    const isPlain = ["string", "number", "boolean"].includes(typeof value);
    const text = typeof value === "string" ? value : (JSON.stringify(value) ?? "");
    found.push({ key, text, isPlain });
  };
  for (const [name, value] of Object.entries(values)) {
    visit(name, value, 0);
  }
  return found.sort((a, b) => a.key.localeCompare(b.key));
}

/** Keys of a resource that the search language has names of its own for. */
const RESOURCE_FIELDS: Record<string, string> = {
  "service.name": "service",
  "service.version": "version",
  "deployment.environment.name": "env",
  "deployment.environment": "env",
  "host.name": "host",
  "container.name": "container_name",
  "container.id": "container_id",
  "container.image.name": "image_name",
  "k8s.namespace.name": "kube_namespace",
  "k8s.cluster.name": "kube_cluster_name",
  "k8s.pod.name": "pod_name",
};

export function resourceField(key: string): string {
  return RESOURCE_FIELDS[key] ?? key;
}

export function attributeField(key: string): string {
  return `@${key}`;
}

/** A key that the search language cannot name as it is. */
export function isNameable(field: string): boolean {
  return /^@?[\p{L}\p{N}_][\p{L}\p{N}_./-]*$/u.test(field);
}
