/**
 * Requests that Kubernetes refuses for a manner of writing that is read in manifests (resources/manifest/dialect.ts): a client that
 * takes warnings sends them, as kubectl does, and is told how they were read. What is not refused is never read otherwise, and
 * whatever else is wrong is told of the request as it was sent.
 */
import { hasReason } from "../errors/index.ts";
import { hasDialect, type KindRegistry, requestInKubernetesTerms } from "../resources/index.ts";
import type { Caller, Target } from "./options.ts";

/**
 * Writes what was sent; where that is refused, what was meant by it.
 * @param write is called once, or a second time for a caller whose warnings of the first time are then not told
 * @throws what the first write threw, unless the second came further: Conflict, Forbidden, …
 */
export async function writtenAsMeant<Sent, Written>(
  caller: Caller,
  { kind, subresource }: Target,
  kinds: Pick<KindRegistry, "all"> | undefined,
  sent: Sent,
  write: (caller: Caller, sent: Sent) => Promise<Written>,
): Promise<Written> {
  if (!caller.warn || !kinds || subresource !== undefined || !hasDialect(kind)) return write(caller, sent);
  const warnings: string[] = [];
  const warned = { ...caller, warn: (text: string) => void warnings.push(text) };
  try {
    const written = await write(warned, sent);
    for (const text of warnings) caller.warn(text);
    return written;
  } catch (refusal) {
    const reading =
      isRefusal(refusal) && isObject(sent)
        ? requestInKubernetesTerms(sent, kind.name, [...kinds.all])
        : undefined;
    if (reading === undefined) {
      for (const text of warnings) caller.warn(text);
      throw refusal;
    }
    const written = await write(caller, reading.meant).catch(error => {
      throw isRefusal(error) ? refusal : error;
    });
    for (const text of reading.told) caller.warn(text);
    return written;
  }
}

/** What is wrong with the request itself; an apply of fields that are not known is an InternalError, as in Kubernetes. */
function isRefusal(error: unknown): boolean {
  return hasReason(error, "BadRequest", "Invalid", "InternalError");
}

function isObject<T>(sent: T): sent is T & object {
  return typeof sent === "object" && sent !== null;
}
