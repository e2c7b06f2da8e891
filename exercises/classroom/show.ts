/** Values, errors and objects in the words of a finding: short, on as few lines as they need. */
import { inspect } from "node:util";

const longest = 400;

export function show(value: unknown): string {
  const text = inspect(value, {
    compact: true,
    breakLength: Number.POSITIVE_INFINITY,
    depth: 6,
    maxArrayLength: 30,
    maxStringLength: 200,
  });
  return text.length > longest ? `${text.slice(0, longest)} …` : text;
}

/** An error with its class and, where it has one, its reason. */
export function showError(error: unknown): string {
  if (!(error instanceof Error)) return `an error that is no Error: ${show(error)}`;
  const { reason } = error as { reason?: unknown };
  const what = `the error ${error.name}${typeof reason === "string" ? ` (${reason})` : ""}: ${error.message}`;
  if (reason === "DeadlineExceeded") {
    return `no answer\n${what}\n(Was message.reply called? Is there a loop that never ends?)`;
  }
  if (reason === "ContainerExited") {
    return `${what}\n(The container ended while it had the question: did its function throw, or come to its end?)`;
  }
  return what.slice(0, longest * 2);
}

/** "Container echo, Service echoes". */
export function namesIn(objects: readonly { kind: string; metadata: { name?: string } }[]): string {
  return objects.map(({ kind, metadata }) => `${kind} ${metadata.name}`).join(", ");
}
