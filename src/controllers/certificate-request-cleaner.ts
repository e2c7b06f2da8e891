/**
 * Deletes requests for certificates that nobody needs any more, as Kubernetes' csrcleaner does: an hour after they were decided, a day after
 * they were asked for where nobody has decided, and when the certificate has run out. Nodes ask again and again, each time by another name.
 */
import { X509Certificate } from "node:crypto";
import { again, type Controller, controller, settled } from "../loop/index.ts";
import type { CertificateSigningRequest } from "../resources/index.ts";

const hourMs = 3_600_000;
const decidedMs = hourMs;
const pendingMs = 24 * hourMs;

export const certificateRequestCleaner = controller({
  name: "csrcleaner",
  kind: "CertificateSigningRequest",
  wokenBy: [],
  async reconcile(request, world) {
    const until = neededUntil(request);
    if (!Number.isFinite(until)) return settled;
    const left = until - world.now();
    if (left > 0) return again(left);
    await world.delete(request);
    return settled;
  },
}) as Controller;

/** In milliseconds since 1970. One that is approved and waits for its certificate is needed for as long as it waits. */
function neededUntil({ metadata, status }: CertificateSigningRequest): number {
  const { conditions = [], certificate } = status ?? {};
  if (conditions.length === 0) return Date.parse(metadata.creationTimestamp) + pendingMs;
  const isOver = (type: string) => type === "Denied" || type === "Failed" || certificate !== undefined;
  const decided = conditions
    .filter(({ type }) => isOver(type))
    .map(({ lastUpdateTime = metadata.creationTimestamp }) => Date.parse(lastUpdateTime) + decidedMs);
  return Math.min(...decided, endOf(certificate));
}

function endOf(certificate: string | undefined): number {
  if (certificate === undefined) return Number.POSITIVE_INFINITY;
  try {
    return Date.parse(new X509Certificate(Buffer.from(certificate, "base64")).validTo);
  } catch {
    // Somebody has put something else there.
    return Number.POSITIVE_INFINITY;
  }
}
