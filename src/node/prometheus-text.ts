/** Prometheus' text format, for the few families that a node has: they have times of their own, which libraries do not write. */
export interface MetricFamily {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly samples: readonly MetricSample[];
}

export interface MetricSample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
  /** When it was measured, in milliseconds since 1970; left out where that is the moment it is read. */
  readonly at?: number;
}

/** Families without samples are left out. */
export function prometheusText(families: readonly MetricFamily[]): string {
  return families
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, type, help, samples }) => {
      const lines = samples.map(({ labels = {}, value, at }) => {
        const pairs = Object.entries(labels).map(([label, text]) => `${label}=${quoted(text)}`);
        const of = pairs.length > 0 ? `{${pairs.join(",")}}` : "";
        return `${name}${of} ${value}${at === undefined ? "" : ` ${Math.trunc(at)}`}\n`;
      });
      return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join("")}`;
    })
    .join("");
}

function quoted(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}
