/**
 * Makes the certificates that were asked for and approved, where the cluster has an authority: when it serves its API
 * encrypted. What the signer refuses is told in the condition `Failed`; a denied request is left alone.
 */
import { type Authority, isOurSigner, RefusedToSign } from "../access/index.ts";
import { type Controller, controller, settled, type World } from "../loop/index.ts";
import { timestamp } from "../outside/index.ts";
import { type CertificateSigningRequest, withCondition } from "../resources/index.ts";

/** @param authority undefined as long as there is none */
export function certificateSigning(authority: () => Authority | undefined): Controller {
  return controller({
    name: "certificate-controller",
    kind: "CertificateSigningRequest",
    wokenBy: [],
    concerns: isWaiting,
    async reconcile(request, world) {
      const signer = authority();
      if (!signer || !isWaiting(request)) return settled;
      try {
        const certificate = Buffer.from(await signer.sign(request, world.now())).toString("base64");
        await world.report(request, { ...request.status, certificate });
      } catch (error) {
        if (!(error instanceof RefusedToSign)) throw error;
        await world.report(request, failed(request, error.message, world));
      }
      return settled;
    },
  }) as Controller;
}

function isWaiting({ spec, status }: CertificateSigningRequest): boolean {
  const types = status?.conditions?.map(({ type }) => type) ?? [];
  const isApproved = types.includes("Approved") && !types.includes("Denied") && !types.includes("Failed");
  return isApproved && !status?.certificate && isOurSigner(spec.signerName);
}

function failed({ status }: CertificateSigningRequest, message: string, world: World) {
  const now = world.now();
  const lastUpdateTime = timestamp(now);
  const condition = {
    type: "Failed",
    status: "True",
    reason: "SignerValidationFailure",
    message,
    lastUpdateTime,
  } as const;
  return { ...status, conditions: withCondition(status?.conditions, condition, now) };
}
