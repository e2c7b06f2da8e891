/**
 * Replays what was recorded from a real Kubernetes (one request and its answer a file) against a cluster of ours, over HTTP,
 * and tells what differs. Placeholders stand for whatever is another one each time; a text that names Go's types, or shows a
 * diff of them, is compared up to there.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { Cluster } from "k4s";

export interface RecordedRequest {
  readonly method: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | readonly string[]>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  readonly credentials?: "none";
}

interface Wait {
  readonly wait: { readonly path: string; readonly field: string; readonly equals: unknown };
}

export interface RecordedCase {
  readonly name: string;
  readonly given?: readonly (RecordedRequest | Wait)[];
  readonly request: RecordedRequest;
  readonly managedFields?: "kept";
  readonly response: {
    readonly status: number;
    readonly warnings?: readonly string[];
    readonly body: unknown;
  };
}

interface Answer {
  readonly status: number;
  readonly warnings: readonly string[];
  readonly body: unknown;
}

/** Everything that differs, a line each; empty where the answer is the same. */
export async function differences(recorded: RecordedCase): Promise<string[]> {
  const cluster = new Cluster({ runtime: "hollow" });
  await cluster.start();
  try {
    const { url } = await cluster.serve({ tls: false });
    await send(url, {
      method: "POST",
      path: "/api/v1/namespaces",
      body: { apiVersion: "v1", kind: "Namespace", metadata: { name: "golden" } },
    });
    await cluster.waitFor("ServiceAccount/golden/default", () => true, { timeoutMs: 2_000 });
    for (const each of recorded.given ?? []) {
      if ("wait" in each) await waitUntil(url, each.wait);
      else await send(url, each);
    }
    const answer = await send(url, recorded.request);
    return compare(recorded, answer);
  } finally {
    await cluster.stop();
  }
}

async function send(url: string, request: RecordedRequest): Promise<Answer> {
  const { method, path, query = {}, headers = {}, body } = request;
  const asked = new URL(url + path);
  for (const [name, value] of Object.entries(query))
    for (const each of [value].flat()) asked.searchParams.append(name, String(each));
  const isText = typeof body === "string";
  const response = await fetch(asked, {
    method,
    headers: {
      "user-agent": "golden/1.0",
      ...(body !== undefined && { "content-type": "application/json" }),
      ...headers,
    },
    ...(body !== undefined && { body: isText ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const warnings = response.headers.get("warning");
  return {
    status: response.status,
    warnings: warnings === null ? [] : warnings.split(/, (?=299 )/),
    body: /json/.test(response.headers.get("content-type") ?? "") ? JSON.parse(text) : text,
  };
}

async function waitUntil(url: string, { path, field, equals }: Wait["wait"]): Promise<void> {
  for (let i = 0; i < 40; i++) {
    const { body } = await send(url, { method: "GET", path });
    if (field.split(".").reduce<unknown>((value, step) => (value as never)?.[step], body) === equals) return;
    await sleep(50);
  }
}

interface Cause {
  readonly reason?: string;
  readonly field?: string;
  readonly message?: string;
}

interface StatusBody {
  readonly kind?: string;
  readonly reason?: string;
  readonly message?: string;
  readonly details?: { readonly causes?: readonly Cause[] };
}

function compare({ response, managedFields }: RecordedCase, answer: Answer): string[] {
  const found: string[] = [];
  if (answer.status !== response.status) found.push(`status: ${answer.status} instead of ${response.status}`);
  const [expected, actual] = [response.body as StatusBody, answer.body as StatusBody];
  if (expected?.kind === "Status" && response.status >= 300) {
    if (actual.reason !== expected.reason)
      found.push(`reason: ${actual.reason} instead of ${expected.reason}`);
    const causes = [causeLines(actual), causeLines(expected)];
    found.push(...missing(causes[0] ?? [], causes[1] ?? [], "cause"));
    if (found.length > 0) found.push(`told: ${actual.message}`);
    return found;
  }
  found.push(...missing(answer.warnings, response.warnings ?? [], "warning"));
  walk(
    plain(response.body, managedFields === "kept"),
    plain(answer.body, managedFields === "kept"),
    "",
    found,
  );
  return found;
}

function causeLines({ details }: StatusBody): string[] {
  return (details?.causes ?? []).map(({ reason = "", field = "", message = "" }) => {
    const text = message.split(/\n@@|; changed: |: json: cannot|: data\[/)[0]?.trim() ?? "";
    return `${reason} ${field}: ${withPlaceholders(text)}`;
  });
}

/** What is another one each time, as the recordings have it. */
function withPlaceholders(text: string): string {
  return text
    .replaceAll(/\b\d+\.\d+\.\d+\.\d+\b/g, "<ip>")
    .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "<uid>")
    .replaceAll(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>")
    .replaceAll(/(\\"resourceVersion\\":\\")\d+/g, "$1<rv>");
}

function missing(actual: readonly string[], expected: readonly string[], what: string): string[] {
  return [
    ...expected.filter(each => !actual.includes(each)).map(each => `${what} missing: ${each}`),
    ...actual.filter(each => !expected.includes(each)).map(each => `${what} too much: ${each}`),
  ];
}

/** Without managedFields, where the recording leaves them out, and without the volume of the token. */
function plain(body: unknown, keepsManagers: boolean): unknown {
  return JSON.parse(JSON.stringify(body), (key, value) =>
    key === "managedFields" && !keepsManagers ? undefined : value,
  );
}

const placeholder = /<[a-z][a-z -]*(?:-\d+)?>/;

function walk(expected: unknown, actual: unknown, path: string, found: string[]): void {
  if (typeof expected === "string" && placeholder.test(expected)) {
    const pattern = expected
      .split(placeholder)
      .map(part => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&"))
      .join("[^]*");
    if (!new RegExp(`^${pattern}$`).test(String(actual)))
      found.push(`${path}: ${JSON.stringify(actual)} instead of ${expected}`);
    return;
  }
  if (typeof expected !== "object" || expected === null || typeof actual !== "object" || actual === null) {
    if (!Object.is(expected, actual))
      found.push(
        `${path}: ${JSON.stringify(actual)?.slice(0, 200)} instead of ${JSON.stringify(expected)?.slice(0, 200)}`,
      );
    return;
  }
  for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)]))
    walk((expected as never)[key], (actual as never)[key], path ? `${path}.${key}` : key, found);
}
