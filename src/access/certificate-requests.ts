/**
 * What the rights of its writer say of a CertificateSigningRequest: it is marked with who asks for the certificate, and only
 * who may approve for its signer decides about it (Kubernetes' admission plugin CertificateApproval).
 */
import type { Attributes, CertificateSigningRequest, Draft, User, Verdict } from "../resources/index.ts";
import { type AdmissionRequest, forbidden, isPending } from "../store/index.ts";

const group = "certificates.k8s.io";

/** The request as it is to be written. Throws Forbidden. */
export function authorizedRequest(
  object: Draft,
  request: AdmissionRequest,
  decide: (user: User, attributes: Attributes) => Verdict | Promise<Verdict>,
): Draft {
  const { kind, operation, subresource, user, old } = request;
  if (kind.name !== "CertificateSigningRequest") return object;
  if (operation === "CREATE") return askedBy(user, object as Draft<CertificateSigningRequest>);
  if (subresource !== "approval" || !old) return object;
  const { signerName } = (old as CertificateSigningRequest).spec;
  const [domain] = signerName.split("/");
  const asked = { ...attributes, verb: "approve", resource: "signers" };
  const mayApprove = [signerName, `${domain}/*`].some(name => {
    const verdict = decide(user, { ...asked, name });
    return !isPending(verdict) && verdict.allowed;
  });
  if (mayApprove) return object;
  const why = `user not permitted to approve requests with signerName ${JSON.stringify(signerName)}`;
  throw forbidden(kind, request.name, why);
}

/** Whatever the draft says: who asks is known. */
function askedBy({ name, uid, groups, extra }: User, draft: Draft<CertificateSigningRequest>): Draft {
  const { username: _1, uid: _2, groups: _3, extra: _4, ...spec } = draft.spec;
  const asks = { username: name, groups, ...(uid && { uid }), ...(extra && { extra }) };
  return { ...draft, spec: { ...spec, ...asks } } as Draft<CertificateSigningRequest>;
}

const attributes = { group, version: "v1", subresource: "", namespace: "" };
