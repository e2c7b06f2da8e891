/**
 * What the rights of its writer say of a CertificateSigningRequest: it is marked with who asks for the certificate, and only
 * who may approve for its signer decides about it, or sign for it writes the certificate (Kubernetes' admission plugins
 * CertificateApproval and CertificateSigning).
 */
import {
  type Authorize,
  type CertificateSigningRequest,
  type Draft,
  isSame,
  type User,
} from "../resources/index.ts";
import { type AdmissionRequest, forbidden } from "../store/index.ts";
import { mayNow, type WriteGuard } from "./guards.ts";

const group = "certificates.k8s.io";

export function certificateGuards(authorize: Authorize): readonly WriteGuard[] {
  const kinds = ["CertificateSigningRequest"];
  return [
    {
      kinds,
      subresources: [""],
      guard: (object, { operation, user }) =>
        operation === "CREATE" ? askedBy(user, object as Draft<CertificateSigningRequest>) : object,
    },
    {
      kinds,
      subresources: [...verbs.keys()],
      guard: (object, request) => authorizedRequest(authorize, object, request),
    },
  ];
}

/** The request as it is to be written. Throws Forbidden. */
function authorizedRequest(authorize: Authorize, object: Draft, request: AdmissionRequest): Draft {
  const { kind, subresource, user, old } = request;
  const verb = verbs.get(subresource);
  if (verb === undefined || !old) return object;
  const { spec, status } = old as CertificateSigningRequest;
  // Who writes nothing that matters needs no right to it.
  if (verb === "sign" && isSame(decisive((object as CertificateSigningRequest).status), decisive(status)))
    return object;
  const { signerName } = spec;
  const [domain] = signerName.split("/");
  const asked = { ...attributes, verb, resource: "signers" };
  const isAllowed = (name: string) => mayNow(authorize, user, { ...asked, name });
  if (isAllowed(signerName) || isAllowed(`${domain}/*`)) return object;
  const why = `user not permitted to ${verb} requests with signerName ${JSON.stringify(signerName)}`;
  throw forbidden(kind, request.name, why);
}

/** What must be allowed on the signer, by what is written. */
const verbs: ReadonlyMap<string, "approve" | "sign"> = new Map([
  ["approval", "approve"],
  ["status", "sign"],
] as const);

function decisive({ certificate, conditions = [] }: CertificateSigningRequest["status"] = {}): unknown {
  return { certificate, conditions };
}

/** Whatever the draft says: who asks is known. */
function askedBy({ name, uid, groups, extra }: User, draft: Draft<CertificateSigningRequest>): Draft {
  // Without a spec it is refused later, by what must be in one.
  const { username: _1, uid: _2, groups: _3, extra: _4, ...spec } = draft.spec ?? {};
  const asks = { username: name, groups, ...(uid && { uid }), ...(extra && { extra }) };
  return { ...draft, spec: { ...spec, ...asks } } as Draft<CertificateSigningRequest>;
}

const attributes = { group, version: "v1", subresource: "", namespace: "" };
