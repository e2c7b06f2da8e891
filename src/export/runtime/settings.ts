/** What the manifest of a container says to the runtime, read from its variables and checked. */
import { variables } from "../agreed/index.ts";

export interface Settings {
  readonly nats: NatsSettings | undefined;
  readonly functionName: string | undefined;
  readonly services: readonly string[];
  readonly name: string | undefined;
  readonly pod: string;
  readonly namespace: string;
  readonly node: string;
  readonly container: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Undefined: no probes are served. */
  readonly port: number | undefined;
  /** The paths that may be asked there; undefined: all of them. */
  readonly questions: ReadonlySet<string> | undefined;
  readonly isProbed: boolean;
  readonly graceMs: number;
}

export interface NatsSettings {
  /** Of one server, or of several with commas in between. */
  readonly url: string;
  /** Texts in PEM, and that of a file of credentials. */
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  readonly creds: string | undefined;
}

/** @throws {Error} for what the runtime cannot do without */
export function settingsFrom(env: Readonly<Record<string, string | undefined>>, hostname: string): Settings {
  const given = (name: keyof typeof variables) => env[variables[name]] || undefined;
  const port = given("port");
  const pod = given("pod") ?? hostname;
  const url = given("nats");
  return {
    nats:
      url === undefined
        ? undefined
        : {
            url,
            ca: given("natsCa"),
            cert: given("natsCert"),
            key: given("natsKey"),
            creds: given("natsCreds"),
          },
    functionName: given("function"),
    services: servicesOf(given("services") ?? "", pod),
    name: given("name"),
    pod,
    namespace: given("namespace") ?? "default",
    node: given("node") ?? "",
    container: given("container") ?? "main",
    labels: labelsIn(given("labels") ?? "{}"),
    port: port === undefined ? undefined : numberIn("port", port),
    questions: questionsIn(given("questions")),
    isProbed: given("readiness") === "probe",
    graceMs: numberIn("grace", given("grace") ?? "30") * 1_000,
  };
}

/** `sum first=adder-0`: the second only sends to the pod of this name. */
function servicesOf(text: string, pod: string): string[] {
  return text
    .split(/\s+/)
    .filter(Boolean)
    .flatMap(each => {
      const [service = "", only = pod] = each.split("=");
      return only === pod ? [service] : [];
    });
}

function numberIn(name: keyof typeof variables, text: string): number {
  const number = Number(text);
  if (Number.isFinite(number) && number >= 0) return number;
  throw new Error(`${variables[name]} is ${JSON.stringify(text)}, and is to be a number`);
}

function questionsIn(text: string | undefined): ReadonlySet<string> | undefined {
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return new Set(value.map(String));
  } catch {
    // Told below, as what is JSON and no list.
  }
  throw new Error(`${variables.questions} is ${JSON.stringify(text)}, and is to be a list of paths in JSON`);
}

function labelsIn(text: string): Record<string, string> {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return Object.fromEntries(Object.entries(value).map(([key, label]) => [key, String(label)]));
  } catch {
    // Told below, as what is JSON and no map of labels.
  }
  throw new Error(`${variables.labels} is ${JSON.stringify(text)}, and is to be an object in JSON`);
}
